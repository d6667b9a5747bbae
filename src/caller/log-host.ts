/**
 * The interface of a producer to its loggers.
 */

import type { OpenRecord } from '../codec/encode/object-frame.ts';
import type { RecordEncoder } from '../codec/encode/record-encoder.ts';
import type { AuditReceipt, ReceiptStage } from '../contract/audit-receipt.ts';
import type { SeriesMeter } from '../meter/meter.ts';
import type { Scope } from '../record.ts';
import type { HFTLogger } from './api.ts';
import type { CallCost } from './call-cost.ts';

export type LoggerClass = new (host: LogHost, scope: Scope, transient: boolean) => HFTLogger;

export interface LogHost {
  /** Shared words; see memory/signals.ts. */
  readonly signals: Int32Array;
  readonly logs: RecordEncoder;
  readonly audits: RecordEncoder;
  readonly meter: SeriesMeter;
  readonly callCost: CallCost;
  /** Has the level methods made for this host. */
  readonly LoggerClass: LoggerClass;
  /** The host that has replaced this one; its loggers go over at their next call. */
  readonly successor: LogHost | undefined;
  /** Rank of the least level that the logger of this name writes. */
  thresholdFor(name: string): number;
  /** A record in OpenTelemetry's terms. `scope`: of a logger whose scope found no room in the dictionary. */
  logOpen(rank: number, record: OpenRecord, scopeBits: number, scope?: Scope): void;
  auditUnscoped(event: unknown, data: unknown, scope: Scope): void;
  auditReceipt(event: unknown, data: unknown, scope: Scope, stage: ReceiptStage): Promise<AuditReceipt>;
  /** Keeps an audit event that its lane has refused: this thread writes it to the audit file itself. */
  writeThrough(event: unknown, data: unknown, scope: Scope): void;
}
