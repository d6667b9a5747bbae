/** The end of an instance, once: everything is delivered or given up, backends are closed, the worker is gone. */
import { rescueAudit } from '../../audit/rescue.ts';
import type { FlushReport } from '../../caller/api.ts';
import type { Producer } from '../../caller/producer.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import { ENDING_INSTANCE } from '../../memory/flush.ts';
import { monotonicMillis } from '../../time/clock.ts';
import { Deadline } from '../../time/deadline.ts';
import type { Flushes } from '../flushes.ts';
import type { Handover } from '../handover.ts';
import type { InstanceMemory } from '../memory.ts';
import type { ProducerRegistry } from '../producer-registry.ts';
import type { RecordHosts } from '../record-hosts.ts';
import { leaveRun } from '../run/run-end.ts';
import type { ThreadService } from '../thread-service.ts';
import type { WorkerHost } from '../worker-host.ts';

/** Least time that backends get to close, when the flush has taken all of it. */
const LEAST_CLOSE_MILLIS = 100;

/** Time that the worker may take to end, beyond that of its backends. */
const CLOSE_GRACE_MILLIS = 1_000;

export interface ShutdownParts {
  readonly config: ResolvedConfig;
  readonly memory: InstanceMemory;
  readonly producer: Producer;
  readonly producers: ProducerRegistry;
  readonly observables: { observeSync(): void; shutdown(): void };
  readonly threads: ThreadService | undefined;
  readonly worker: WorkerHost;
  readonly hosts: RecordHosts;
  readonly flushes: Flushes;
  readonly handover: Handover;
  /** Everything is delivered or given up, and the worker has ended. */
  readonly onEnded: () => void;
}

export class Shutdown {
  readonly #parts: ShutdownParts;
  #report: Promise<FlushReport> | undefined;
  #closedComplete = true;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  /** The promise of {@link run}; undefined before it is called. */
  get report(): Promise<FlushReport> | undefined {
    return this.#report;
  }

  /** Whether it is over. */
  get isOver(): boolean {
    return this.#report !== undefined && this.#parts.worker.state === 'stopped';
  }

  /** Once; every further call gets the first one's report. */
  run(timeoutMillis: number): Promise<FlushReport> {
    this.#report ??= this.#run(Deadline.in(timeoutMillis));
    return this.#report;
  }

  /** The worker's last message: whether its backends have taken everything. */
  noteClosed(isComplete: boolean): void {
    this.#closedComplete = isComplete;
  }

  async #run(deadline: Deadline): Promise<FlushReport> {
    const startedMillis = monotonicMillis();
    const { config, memory, producer, producers, observables, threads, worker, hosts, flushes, handover, onEnded } = this.#parts;
    observables.observeSync();
    observables.shutdown();
    producer.close();
    threads?.receiveNow();
    threads?.close();
    let complete = await flushes.flush(deadline, ENDING_INSTANCE);
    const closing = Deadline.in(Math.max(LEAST_CLOSE_MILLIS, deadline.left));
    if (handover.predecessor !== undefined) {
      await closing.race(handover.predecessor);
      complete = await flushes.flush(closing, ENDING_INSTANCE);
    }
    worker.post({ type: 'close', timeoutMillis: Math.max(LEAST_CLOSE_MILLIS, closing.left) });
    await worker.stopped(closing.plus(CLOSE_GRACE_MILLIS));
    rescueAudit(config, memory, producers.all, true);
    hosts.close();
    leaveRun(memory, producers, true);
    onEnded();
    return flushes.report(complete && this.#closedComplete, startedMillis);
  }
}
