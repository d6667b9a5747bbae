/**
 * The contract of a backend that takes records as objects: the one a user implements for `{ module, options }`, and what bridge, memory and
 * the SDK's exporters are built on. It runs in the worker thread.
 */
import type { Lane, Level } from '../record.ts';

/** A record as an object: OpenTelemetry's log data model, with our level and lane beside it. */
export interface LogRecordData {
  readonly lane: Lane;
  readonly level: Level;
  readonly severityNumber: number;
  readonly severityText: string;
  /** The message, or the structured body an OpenTelemetry caller gave. */
  readonly body: unknown;
  /** The event, for audit records and OpenTelemetry events. */
  readonly eventName?: string;
  /** Nanoseconds since the Unix epoch. */
  readonly timeUnixNanos: bigint;
  readonly observedTimeUnixNanos: bigint;
  readonly loggerName: string;
  readonly loggerVersion?: string;
  readonly tags: readonly string[];
  /** Tags by position, context, then the record's own fields; a later one wins. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Attributes that the record had beyond `attributeCountLimit`. Absent when it has all of them. */
  readonly droppedAttributesCount?: number;
  /** Resource attributes, when they are not the instance's own. */
  readonly resource?: Readonly<Record<string, unknown>>;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly traceFlags?: number;
  /** Number within its ring; a gap in it is a loss, and was counted. */
  readonly sequence: number;
}

/**
 * What became of a batch. `retryable`: the same batch is offered again after `afterMillis` (default: a growing pause with jitter).
 * `failure`: it never will be taken; its records are counted as lost with reason `rejected`. `partial`: taken, but for `rejected` records.
 */
export type Outcome =
  | { readonly status: 'success' }
  | { readonly status: 'partial'; readonly rejected: number; readonly message?: string }
  | { readonly status: 'retryable'; readonly afterMillis?: number; readonly message?: string }
  | { readonly status: 'failure'; readonly message?: string };

export const SUCCESS: Outcome = { status: 'success' };

export interface Backend {
  /** Takes a batch. Throwing or rejecting counts as `retryable` with the error's message. Not called again before it has settled. */
  write(batch: readonly LogRecordData[]): Outcome | void | Promise<Outcome | void>;
  /** Everything written so far is to be as safe as this backend can make it when this settles. */
  flush?(): void | Promise<void>;
  /** Called once, after the last `write` and `flush`. */
  close?(): void | Promise<void>;
}

/** What a user's module exports as `default`. */
export type BackendFactory = (options: unknown, context: BackendContext) => Backend | Promise<Backend>;

export interface BackendContext {
  /** Key under `backends` in the configuration. */
  readonly name: string;
  /** Resource attributes of the instance. */
  readonly resource: Readonly<Record<string, unknown>>;
}
