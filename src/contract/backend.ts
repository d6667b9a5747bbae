/**
 * The contract of a backend that takes records as objects: the one a user implements for `{ module, options }`, and what bridge, memory and
 * the SDK's exporters are built on. It runs in the worker thread.
 */
import type { Lane, Level } from '../record.ts';

/** A record as an object: OpenTelemetry's log data model, with our level and lane beside it. Values are those of docs/values.md; maps have no prototype. */
export interface LogRecordData {
  readonly lane: Lane;
  readonly level: Level;
  /** OpenTelemetry's, 1–24: 5, 9, 13, 17 for our levels; what an OpenTelemetry caller gave, 0 if it gave none. */
  readonly severityNumber: number;
  /** `DEBUG`, `INFO`, `WARN`, `ERROR`, or what an OpenTelemetry caller gave. */
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
 * What became of a batch. `retryable`: the same batch is offered again after `afterMillis` (default: a growing pause with jitter).
 * `unreached`: nothing answered at all; an exit does not wait for a destination that never has. `taken`: records of it that stand at the destination
 * already, whatever becomes of the rest: they are not counted as lost when the process ends before the batch is taken. `failure`: it never will be taken (`httpStatus`: what an HTTP server answered); its records are counted as lost with reason `rejected`. `partial`: taken, but for `rejected` records.
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

/** Where records go as objects. A backend is one object in one thread; its queue bounds what waits for it (docs/backends.md). */
export interface Backend {
  /**
   * Takes a batch, in the order of the calls, at most 512 records; nothing given back is success. Throwing or rejecting counts as `retryable` with the error's
   * message, anything that is no outcome as `failure`. Not called again before it has settled; after 30 s without settling the state is `failed`.
   * The batch and its records are not to be changed, and not to be kept after that.
   */
  write(batch: readonly LogRecordData[]): Outcome | void | Promise<Outcome | void>;
  /** Everything written so far is to be as safe as this backend can make it when this settles. Rejecting makes the flush incomplete. */
  flush?(): void | Promise<void>;
  /** Called once, after the last `write` and `flush`. */
  close?(): void | Promise<void>;
}

/** What a user's module exports as `default`. It has ten seconds; one that throws, hangs or gives back no backend makes the state `failed` (HFT_BACKEND_MODULE). */
export type BackendFactory = (options: unknown, context: BackendContext) => Backend | Promise<Backend>;

/** What a backend is told of where it runs. */
export interface BackendContext {
  /** Key under `backends` in the configuration. */
  readonly name: string;
  /** Resource attributes of the instance. */
  readonly resource: Readonly<Record<string, unknown>>;
}
