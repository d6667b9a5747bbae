/**
 * The interfaces of users: the logger and its instance.
 */
import type { LoggerProvider, MeterProvider } from '@opentelemetry/api';
import type { AuditReceipt, ReceiptStage } from '../contract/audit-receipt.ts';
import type { LogRecordData } from '../contract/backend.ts';
import type { BackendState, CircuitState, DroppedByLane, SpoolAccount } from '../health/counters.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import type { BoundCounter, BoundGauge, BoundHistogram } from '../meter/meter.ts';
import type { Level, LevelName, TagsOf } from '../record.ts';
import type { LoggingTimer } from './timer.ts';

export type { BackendState, CircuitState, DroppedByLane, SpoolAccount } from '../health/counters.ts';

/**
 * The logger of a component. No call throws, waits or does I/O, for any arguments and in any state of disk and collector; the one exception is `audit` when its
 * lane is full, see there. After `shutdown` calls still return; their records are counted as dropped, reason `closed`.
 *
 * Methods belong to their logger: pass `(error) => logger.error(error)`, not `logger.error`. A record whose method was called without its logger is written
 * under the name `unbound`.
 */
export interface HFTLogger {
  /**
   * Writes a record of this level, if the logger's level lets it. The ordinary call, and the fast one, is a text and an object: `debug('order placed', { qty
   * })`. Arguments may come in any order and number, and none is lost: `error(err)`, `error({ err, id }, 'failed')`, `error('failed', err, { id })`, `info('a',
   * 1, 2)`; docs/values.md says which of them is the message, and documents the form of the others and of each kind of value. At most 128 fields, 64 KiB a
   * record; the rest is left out or cut, with a mark. When the ring is full the record is dropped, the lesser levels first (`overflow`), and counted
   * (`health().lanes.logs.dropped`).
   * Give fields that are expensive to compute as a function without parameters: `debug('book', () => ({ depth: book.depth() }))`. It is called when the record is
   * written, and not at all when the level is off.
   */
  debug(message: unknown, fields?: unknown, ...more: unknown[]): void;
  /** As {@link debug}. Off in production and in the development preset, unless `level` or `levels` says otherwise. */
  trace(message: unknown, fields?: unknown, ...more: unknown[]): void;
  /** As {@link debug}. */
  info(message: unknown, fields?: unknown, ...more: unknown[]): void;
  /** As {@link debug}. */
  warning(message: unknown, fields?: unknown, ...more: unknown[]): void;
  /** Another name of {@link warning}. */
  warn(message: unknown, fields?: unknown, ...more: unknown[]): void;
  /** As {@link debug}. The first Error among the arguments or the fields becomes `exception.type`, `exception.message`, `exception.stacktrace` with its causes. */
  error(message: unknown, fields?: unknown, ...more: unknown[]): void;
  /** As {@link error}, for errors that end the process or the strategy. It only writes: the caller ends the process. */
  fatal(message: unknown, fields?: unknown, ...more: unknown[]): void;
  /** Whether a record of this level would be written now: for callers whose fields are expensive to compute. */
  isEnabled(level: LevelName): boolean;
  /**
   * Sets a gauge; records into a histogram when a metric rule says so (by default for `*_duration_ns`, `_us`, `_ms`, `_s`, or the unit in full:
   * `*_duration_seconds`). The unit is the one the name ends in. Numbers that are not finite, and names or tags that cannot be used, are counted
   * (`health().metrics`) and reported once; docs/metrics.md, "Bad input".
   */
  metric<T extends TagsOf<T>>(name: string, value: number, tags?: T): void;
  /** Adds to a counter: `value`, default 1, must not be negative. Beyond `cardinalityLimit` sets of tags, further ones are added up in one overflow series. */
  counter<T extends TagsOf<T>>(name: string, value?: number, tags?: T): void;
  /** Starts a timer that records the histogram `${name}_duration_us`, in microseconds, when it stops: by `stop()`, `run(operation)`, or the end of a `using` scope. */
  timer<T extends TagsOf<T>>(name: string, tags?: T): LoggingTimer;
  /** A counter with its tags fixed, for the hottest paths: a call of some nanoseconds. Its handle goes on counting over a new configuration. */
  bindCounter<T extends TagsOf<T>>(name: string, tags?: T): BoundCounter;
  /** The same for a gauge. */
  bindGauge<T extends TagsOf<T>>(name: string, tags?: T): BoundGauge;
  /** The same for a histogram. */
  bindHistogram<T extends TagsOf<T>>(name: string, tags?: T): BoundHistogram;
  /**
   * Writes an event to the audit trail, with a number of one count over all threads. Never dropped while there is an audit file: when its lane is full this
   * call appends the event to the file itself, some microseconds, and that is counted (`health().audit.writtenThrough`). On disk when a flush reports it.
   */
  audit(event: string, data: object, ...more: unknown[]): void;
  /**
   * {@link audit}, with a promise of a receipt: settled when its line is `written` (the kernel has it: it outlives the process), on `disk` (synced, the
   * default), or covered by a checkpoint that the `collector` has acknowledged. Rejects with code `HFT_AUDIT_RECEIPT` when that can no longer be known. It
   * always settles, at the latest at the instance's end. Only the thread that made the instance gets receipts; on others it rejects.
   */
  auditReceipt(event: string, data: object, stage?: ReceiptStage): Promise<AuditReceipt>;
  /**
   * A logger that stamps `fields` on each of its records, at no cost per call. The fields are copied now; objects and arrays inside of them are read when the
   * first record is written, and again later, so pass values that do not change. The parent stays as it is.
   */
  withContext(fields: object): HFTLogger;
}

/** Report of a flush or a shutdown. */
export interface FlushReport {
  /** True when everything accepted before the call went through every backend. */
  readonly complete: boolean;
  /** Records still in rings or waiting for a backend when the time was over. */
  readonly pending: number;
  /** Of those, records that wait in a spool on disk: the next run of the service sends them. Absent where zero. */
  readonly spooled?: number;
  /** Records that the end of the instance has dropped because its time was over, counted as `dropped.shutdown` of their backends. Absent where zero. */
  readonly dropped?: number;
  /** How long it took. */
  readonly elapsedMillis: number;
}

/** A lane's rings, of all threads together, since the start. */
export interface LaneHealth {
  /** Records taken, of those offered: `accepted + dropped = offered`. */
  readonly accepted: number;
  /** Accepted records that the worker has not taken yet. */
  readonly pending: number;
  /** Refused records by level and reason; absent where zero. */
  readonly dropped: Readonly<Partial<Record<Level, Readonly<Record<string, number>>>>>;
  /** Refused records of all levels and reasons. */
  readonly droppedTotal: number;
  /** Accepted records that went to no backend, because no route leads them to one that takes their level; absent where zero. */
  readonly unrouted: Readonly<Partial<Record<Level, number>>>;
  /** Those of all levels. */
  readonly unroutedTotal: number;
  /** Records that `sampling` has left out, by level; they are not among those offered. Absent where zero. */
  readonly sampledOut: Readonly<Partial<Record<Level, number>>>;
  /** Share of the fullest ring in use now, and at most so far, 0–1. */
  readonly ringFill: number;
  readonly ringHighWater: number;
}

/** One backend's account since the start. Of a metric backend the records are scrapes, pushes, exports and printouts. */
export interface BackendHealth {
  /** Of the last attempt; see {@link BackendState}. */
  readonly state: BackendState;
  /** Records routed to this backend: `delivered + dropped + pending`. */
  readonly taken: number;
  /** Records its destination has taken. */
  readonly delivered: number;
  /** Records lost on the way there, by reason (docs/errors.md lists them); absent where zero. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Those of all reasons. */
  readonly droppedTotal: number;
  /** The same by lane, level and reason; of a metric backend nothing. */
  readonly droppedByLane: DroppedByLane;
  /** Taken, and neither delivered nor dropped yet. */
  readonly pending: number;
  /** Writes and requests that were refused and offered again. */
  readonly retries: number;
  /** Encoded bytes delivered; 0 for backends that take objects. */
  readonly bytes: number;
  /** The last error of the destination or the system, with a remedy where there is one. It stays after recovery; absent when there was none. */
  readonly lastError?: string;
  /** State of the circuit breaker of each lane; absent for a backend that has none. */
  readonly circuits?: Readonly<Partial<Record<'logs' | 'audit', CircuitState>>>;
  /** Records that wait on disk, by lane; part of `pending`. Absent for a backend without a spool. */
  readonly spools?: Readonly<Partial<Record<'logs' | 'audit', SpoolAccount>>>;
  /** Records that an earlier run had left in the spool, and that count as taken here; absent where zero. */
  readonly restored?: number;
  /**
   * Copies of checkpoints of the audit trail that were put among its records. They are no records: neither `taken` nor any other number here counts them. Absent
   * where zero.
   */
  readonly checkpoints?: number;
  /** Records that went to the backends of `failover` in its place, and do not count as taken; absent where zero. */
  readonly failedOver?: number;
}

/** Measurements that could not be recorded as they were, of all threads, since the start. */
export interface MetricsHealth {
  /** Measurements that were not recorded, by reason; absent where zero. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Measurements that went to an overflow series because their instrument had `cardinalityLimit` series in their thread. */
  readonly overflowed: number;
  /** Series that went to an overflow series because threads had more of them together; as of the last collection. */
  readonly overflowedSeries: number;
}

/** A reading of shared counters at one moment; while calls are made and records on their way, numbers may be a record apart. */
export interface MemoryHealth {
  /** `mapped`: files that outlive the process. `shared`: memory that ends with it. */
  readonly kind: 'mapped' | 'shared';
  /** The folder of those files. */
  readonly folder?: string;
  /** Blocks that found no room there and are shared memory, those of threads started later for example. */
  readonly sharedBlocks?: number;
  /** Records that were left in the memory of runs whose processes were killed, and that this one has delivered. */
  readonly recovered: {
    readonly runs: number;
    /** Records that were in rings. */
    readonly logs: number;
    readonly audit: number;
    /** Of `logs`: records below the level that was written, which `blackBox` had kept. */
    readonly blackBox: number;
    /** Records that were encoded for a backend and that its destination had not taken. */
    readonly encoded: number;
    /** Of `logs` and `audit`: records that went to no backend, because no route leads them to one that takes their level. */
    readonly unrouted: number;
    /** Log records that were encoded for backends that are not configured any more: they are lost. */
    readonly undeliverable: number;
    /** Records that stay in the memory of their runs: their destination is away, or their backend is not configured. The next start tries again. */
    readonly waiting: number;
    /** Runs whose memory could not be read. It is kept; `warnings` say where. */
    readonly damaged: number;
  };
  /** The reason why it is not mapped, and a remedy. Absent if `persistence` is off. */
  readonly reason?: string;
}

/** How far the proof of the audit trail has got; docs/audit.md. */
export interface AuditTreeHealth {
  /** Lines of the run on disk. */
  readonly lines: number;
  /** Of those, the ones that the last checkpoint covers. */
  readonly checkpointed: number;
  /** When it was made, Unix milliseconds; absent before the first. */
  readonly checkpointAt?: number;
  /** Path of the key that signs; without one: how to make it. */
  readonly signing: string;
  /** Lines that as many witnesses have cosigned as `backends.audit.witnessQuorum` asks for. Absent where neither is set. */
  readonly cosigned?: number;
  readonly witnesses?: readonly WitnessHealth[];
}

export interface WitnessHealth {
  readonly url: string;
  /** Lines of the run that it has cosigned. */
  readonly lines: number;
  /** When, Unix milliseconds; absent before the first time. */
  readonly at?: number;
}

/** How well the machine's clock is known to agree with UTC. */
export interface ClockHealth {
  /** Who has said so; `unknown`: nobody could be asked. */
  readonly source: 'adjtimex' | 'chrony' | 'unknown';
  /** Offset that is still to be corrected, microseconds. */
  readonly offsetMicros?: number;
  /** Most that the clock is away from UTC, microseconds; absent where nobody keeps it. */
  readonly maxErrorMicros?: number;
  readonly isSynchronised?: boolean;
  /** When that was asked, Unix milliseconds. */
  readonly at: number;
}

export interface Health {
  readonly worker: {
    /** `failed`: it has died, and its successor has not started yet. `stopped`: after a shutdown. */
    readonly state: 'booting' | 'running' | 'stopped' | 'failed';
    /** Workers that have died and were replaced. */
    readonly restarts: number;
    /** The reason why the last one died, with code and remedy. */
    readonly lastError?: string;
  };
  /** Memory of records, audit numbers and metrics until they are delivered. */
  readonly memory: MemoryHealth;
  /** Accounts of the rings, in front of the backends. */
  readonly lanes: Readonly<Record<'logs' | 'audit', LaneHealth>>;
  /** Number of the newest audit event, and how many callers wrote themselves because their lane was full. */
  readonly audit: {
    readonly lastSequence: number;
    readonly writtenThrough: number;
    /** The tree over the run's lines in the audit files. Absent without an audit file. */
    readonly tree?: AuditTreeHealth;
    /** Absent without an audit file, without `backends.audit.clockEvidence`, and before the worker has looked. */
    readonly clock?: ClockHealth;
  };
  /** Log backends by name; metric backends as `prometheus`, `pushGateway`, `otlpMetrics`, `histogram`, whose records are scrapes, pushes and exports. */
  readonly backends: Readonly<Record<string, BackendHealth>>;
  /** Measurements that could not be recorded as they were. */
  readonly metrics: MetricsHealth;
  /** Warnings, with reasons: settings of the environment that were ignored, metrics that could not be recorded or shown. */
  readonly warnings: readonly string[];
}

/** Records that the memory backend keeps: an array of its own at each access. */
export type KeptRecords = readonly LogRecordData[] & {
  /** Removes the backend's records so far; this array stays as it is. */
  clear(): void;
};

/** An instance: its loggers, and the delivery of their records. `await using` shuts it down. */
export interface Logging extends AsyncDisposable {
  /** Logger `component`, tags `[component]`. */
  getLogger(component: string): HFTLogger;
  /** Logger `exchange.<exchange>.<component>`, tags `[exchange, …component split at dots]`. */
  getExchangeLogger(exchange: string, component: string): HFTLogger;
  /** Logger `strategy.<path>`; tags by position: exchange, API type, transport, strategy type. */
  getStrategyLogger(path: string, tags: readonly string[]): HFTLogger;
  /** OpenTelemetry's Logs API over the ring, for `logs.setGlobalLoggerProvider`. */
  readonly loggerProvider: LoggerProvider;
  /** OpenTelemetry's Metrics API over the series table, for `metrics.setGlobalMeterProvider`. */
  readonly meterProvider: MeterProvider;
  /**
   * Resolves when the worker has opened its backends; rejects with HFT_WORKER_START when it cannot be started, and with HFT_SHUT_DOWN when the instance has ended
   * before. Records logged before are not lost.
   */
  readonly ready: Promise<void>;
  /**
   * Settles when the records that earlier runs of the service have left in mapped memory have been taken over; at once without `persistence`. Never rejects.
   */
  readonly recovered: Promise<void>;
  /**
   * Everything accepted before the call, on all threads, goes through every backend; audit is on disk then. Does not reject: the report says what is pending
   * after `timeoutMillis` (default: `exitTimeoutMillis`, 5,000). After a shutdown, its report.
   */
  flush(options?: { timeoutMillis?: number }): Promise<FlushReport>;
  /**
   * Flushes, stops the worker, refuses later records (counted, `closed`). Idempotent: further calls get the first one's report. Does not reject;
   * `timeoutMillis` as above.
   */
  shutdown(options?: { timeoutMillis?: number }): Promise<FlushReport>;
  /** State and account of everything, for probes and tests: some microseconds, no waiting. The same numbers are metrics. */
  health(): Health;
  /**
   * The newest `capacity` records of the memory backend, oldest first; a copy, made at each access. A record is here shortly after its call, and for certain
   * after a flush. `memory.clear()` removes them. Empty without the backend. Each record costs this thread some microseconds, so the backend is for tests and
   * diagnosis.
   */
  readonly memory: KeptRecords;
  /**
   * Every metric of every thread, and percentiles of every histogram over the sliding window and since the start. Rejects with HFT_SNAPSHOT_TIMEOUT when the
   * worker does not answer within five seconds, with HFT_SHUT_DOWN after a shutdown.
   */
  metricsSnapshot(): Promise<MetricsSnapshot>;
  /**
   * Least level of the loggers whose names match `pattern` (`*` stands for any run of characters), seen by their next call on every thread. Replaces the rule
   * of the same pattern; `levels` of the configuration says which of several rules wins. Throws RangeError for an unknown level, for an empty pattern, and when
   * patterns take more than 31 KiB together.
   */
  setLevel(pattern: string, level: LevelName): void;
  /**
   * Where a record would go, and why, as text: a line for each backend, then one for each rule. Left out: level `info`, logger `app`, no tags, type `logs`.
   * Throws RangeError for an unknown level or type.
   */
  explain(record: { level?: Level; logger?: string; tags?: readonly string[]; type?: 'logs' | 'audit' }): string;
}
