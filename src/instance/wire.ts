/**
 * Messages between the thread that made an instance and its worker. They are rare: records and numbers go through shared memory.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import type { ReceiptAnswer, ReceiptRequest } from '../contract/audit-receipt.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import type { BlockDescriptor } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import type { Lane } from '../record.ts';
import type { RecoveryReport, RecoveryScope } from '../recovery/report.ts';
import type { DeltaBaseline } from '../series/baseline.ts';
import type { InstanceMemory } from './memory.ts';
import type { RecordPorts } from './record-hosts.ts';

/** What the thread of a worker is started with. */
export interface WorkerSeat {
  /** 1: the {@link WorkerStart} has been posted. */
  readonly hftOtelGate: Int32Array;
}

/** The first message to a worker. Its successor is given the same memory. */
export interface WorkerStart extends InstanceMemory, RecordPorts {
  readonly config: ResolvedConfig;
  readonly producers: readonly ProducerMemory[];
  /** Series tables by id: what ended threads and earlier workers recorded. */
  readonly foldedSeries: Readonly<Record<string, readonly BlockDescriptor[]>>;
  /** OTLP metrics of delta temporality exported so far. */
  readonly exported: DeltaBaseline | undefined;
  /** How many workers of this instance have died before this one. */
  readonly restarts: number;
  /** By name of a backend: the reason why its module is not called any more. An earlier worker has hung in it. */
  readonly setAside: Readonly<Record<string, string>>;
  /** Whether this instance also serves the application's own worker threads. */
  readonly serveThreads: boolean;
  /** Runs of dead processes to look for; undefined: none. */
  readonly recovery: RecoveryScope | undefined;
}

/** Main thread → worker. */
export type ToWorker =
  | { readonly type: 'producer'; readonly memory: ProducerMemory }
  | { readonly type: 'series'; readonly producer: string; readonly block: BlockDescriptor }
  | { readonly type: 'receipts'; readonly requests: readonly ReceiptRequest[] }
  | { readonly type: 'reopen' }
  | { readonly type: 'snapshot'; readonly id: number }
  /** The report of a recovered run has become a record. */
  | { readonly type: 'recovery-noted'; readonly folder: string }
  | { readonly type: 'close'; readonly timeoutMillis: number };

/** Worker → main thread. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'producer'; readonly memory: ProducerMemory }
  | { readonly type: 'series'; readonly producer: string; readonly block: BlockDescriptor }
  /** The producer of this lane has ended, and its ring is drained: its memory is not needed any more. */
  | { readonly type: 'finished'; readonly producer: string; readonly lane: Lane }
  /** A series table that the next worker must find: those of ended threads folded into one, or the worker's own. */
  | {
      readonly type: 'folded';
      readonly id: string;
      readonly blocks: readonly BlockDescriptor[];
      readonly replaces: readonly string[];
    }
  | { readonly type: 'exported'; readonly exported: DeltaBaseline }
  | { readonly type: 'snapshot'; readonly id: number; readonly snapshot: MetricsSnapshot }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'receipts'; readonly answers: readonly ReceiptAnswer[] }
  | { readonly type: 'recovery'; readonly report: RecoveryReport }
  /** Every dead run is recovered. */
  | { readonly type: 'recovery-over' }
  | { readonly type: 'closed'; readonly complete: boolean };
