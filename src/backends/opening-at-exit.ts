/**
 * How the caller's thread opens a backend of records at the end of a process whose worker has not begun: all steps run at once.
 */
import type { LineTarget } from '../files/line-writer.ts';
import type { AuditTrailTarget, MakeEncoder, RecordTools } from './opening.ts';

export interface AtExitTools extends Pick<RecordTools, 'jsonLines'> {
  /** The trail keeps the tree over its lines, and closes it at the end. */
  openAuditTrail(target: AuditTrailTarget): LineTarget & { endSync(): void };
}

export interface OpenedAtExit {
  readonly target: LineTarget;
  readonly encoder: MakeEncoder;
  /** Called when nothing more comes. Never throws. */
  readonly end?: () => void;
}

export type OpenAtExit = (tools: AtExitTools) => OpenedAtExit;
