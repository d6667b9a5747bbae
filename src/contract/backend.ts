/**
 * The contract of a backend that takes records as objects: the one a user implements for `{ module, options }`, and the base of bridge, memory and the SDK's
 * exporters. It runs in the worker thread.
 */
import type { Lane, Level } from '../record.ts';

/** A record as an object: OpenTelemetry's log data model, with our level and lane beside it. Values are those of docs/values.md; maps have no prototype. */
export interface LogRecordData {
  readonly lane: Lane;
  readonly level: Level;
  /** OpenTelemetry's, 1–24: 5, 9, 13, 17 for our levels; for a record of OpenTelemetry's API the caller's number, 0 if it gave none. */
  readonly severityNumber: number;
  /** `DEBUG`, `INFO`, `WARN`, `ERROR`, or the text of an OpenTelemetry caller. */
  readonly severityText: string;
  /** The message, or the structured body an OpenTelemetry caller gave. */
  readonly body: unknown;
  /** The event, for audit records and OpenTelemetry events. */
  readonly eventName?: string;
  /** Nanoseconds since the Unix epoch. */
  readonly timeUnixNanos: bigint;
  /** The same, unless an OpenTelemetry caller gave one of the two. */
  readonly observedTimeUnixNanos: bigint;
  /** OpenTelemetry's scope name. */
  readonly loggerName: string;
  /** OpenTelemetry's scope version. */
  readonly loggerVersion?: string;
  /** Hierarchical tags of the logger; empty for loggers of OpenTelemetry's API. */
  readonly tags: readonly string[];
  /** Tags by position, context, then the record's own fields; a later one wins. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Attributes that the record had beyond `attributeCountLimit`. Absent when it has all of them. */
  readonly droppedAttributesCount?: number;
  /** Resource attributes, when they are not the instance's own. */
  readonly resource?: Readonly<Record<string, unknown>>;
  /** Of the span that was active, 32 and 16 lower-case hexadecimal digits; absent outside of a span. */
  readonly traceId?: string;
  readonly spanId?: string;
  /** W3C trace flags: 1 sampled. */
  readonly traceFlags?: number;
  /** Number within its ring; a gap in it is a loss, and was counted. */
  readonly sequence: number;
}

/**
 * Outcome of a batch. `retryable`: the same batch is offered again after `afterMillis` (default: a growing pause with jitter). `unreached`: nothing answered at
 * all; an exit does not wait for a destination that has never answered. `taken`: records of it that the destination already has: they are not counted as lost
 * when the process ends before the batch is taken. `failure`: it will never be taken (`httpStatus`: the answer of an HTTP server); its records are counted as
 * lost with reason `rejected`. `partial`: taken, but for `rejected` records.
 */
export type Outcome =
  | { readonly status: 'success' }
  | { readonly status: 'partial'; readonly rejected: number; readonly message?: string }
  | {
      readonly status: 'retryable';
      readonly afterMillis?: number;
      readonly taken?: number;
      readonly message?: string;
      readonly unreached?: boolean;
    }
  | { readonly status: 'failure'; readonly message?: string; readonly httpStatus?: number };

/** All of a batch was taken. */
export const SUCCESS: Outcome = { status: 'success' };

/** A destination that takes records as objects. A backend is one object in one thread; its queue bounds the records that wait for it (docs/backends.md). */
export interface Backend {
  /**
   * Takes a batch, in the order of the calls, at most 512 records; returning nothing means success. Throwing or rejecting counts as `retryable` with the
   * error's message, a value that is not an outcome as `failure`. Not called again before it has settled; after 30 s without settling the state is `failed`.
   * Do not change the batch or its records, and do not keep them after that.
   */
  write(batch: readonly LogRecordData[]): Outcome | void | Promise<Outcome | void>;
  /** When this settles, everything written so far must be as safe as this backend can make it. Rejecting makes the flush incomplete. */
  flush?(): void | Promise<void>;
  /** Called once, after the last `write` and `flush`. */
  close?(): void | Promise<void>;
}

/** The `default` export of a user's module. It has ten seconds; if it throws, hangs or returns no backend, the state is `failed` (HFT_BACKEND_MODULE). */
export type BackendFactory = (options: unknown, context: BackendContext) => Backend | Promise<Backend>;

/** Facts about the instance, for a backend. */
export interface BackendContext {
  /** Key under `backends` in the configuration. */
  readonly name: string;
  /** Resource attributes of the instance. */
  readonly resource: Readonly<Record<string, unknown>>;
}
