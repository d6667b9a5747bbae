/**
 * How the caller's thread opens a backend of records at the end of an instance whose worker has not begun: all steps run at once.
 */
import type { Outcome } from '../contract/backend.ts';
import type { ByteBatch } from '../contract/sink.ts';
import type { LineTarget } from '../files/line-writer.ts';
import type { Steps } from '../files/steps.ts';
import type { AuditTrailTarget, MakeEncoder, RecordTools } from './opening.ts';

export interface AtExitTools extends Pick<RecordTools, 'jsonLines' | 'onReopen' | 'onWarning'> {
  /** The trail keeps the tree over its lines, and closes it at the end. */
  openAuditTrail(target: AuditTrailTarget): LineTarget & { endSync(): void };
  /** No time is left to wait for a reader: a write that finds no room is refused. */
  isOver(): boolean;
}

/** Takes batches. One that is offered again goes on where it stopped. */
export interface BatchSteps {
  write(batch: ByteBatch): Steps<Outcome>;
}

export interface OpenedAtExit {
  readonly writer: BatchSteps;
  readonly encoder: MakeEncoder;
  /** Called when nothing more comes. Never throws. */
  readonly close: () => void;
}

export type OpenAtExit = (tools: AtExitTools) => OpenedAtExit;
