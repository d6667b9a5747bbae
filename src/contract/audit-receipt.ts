/**
 * Receipts of audit events: the promises to a caller, and the messages between its thread and the worker.
 */

/** `written`: the kernel has the line; it outlives the process. `disk`: it is synced. `collector`: a checkpoint that covers it has been acknowledged there. */
export type ReceiptStage = 'written' | 'disk' | 'collector';

/** The receipt of an audit event. */
export interface AuditReceipt {
  /** As the line has them, as `run` and `audit_seq` (its low 32 bits): for `hft-otel audit prove`. */
  readonly run: string;
  readonly seq: number;
  /** RFC 6962 leaf hash of the line, hexadecimal. */
  readonly leafHash: string;
  /** The stage that was asked for, and is reached. */
  readonly stage: ReceiptStage;
  /** When, Unix milliseconds. */
  readonly at: number;
}

export interface ReceiptRequest {
  readonly id: number;
  /** Low 32 bits. */
  readonly number: number;
  readonly stage: ReceiptStage;
}

export interface ReceiptAnswer {
  readonly id: number;
  /** Hexadecimal; undefined: there will be none, and `reason` says why. */
  readonly leafHash?: string;
  readonly reason?: string;
  readonly atMillis: number;
}
