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
import type { DeliveryAtExit, WithoutWorker } from './without-worker.ts';

/** Least time that backends get to close, when the flush has taken all of it. */
const LEAST_CLOSE_MILLIS = 100;

/** Time that the worker may take to end, beyond that of its backends. */
const CLOSE_GRACE_MILLIS = 1_000;

/** Pause before this thread offers records to a destination that has refused them again. The event loop runs meanwhile. */
const RETRY_MILLIS = 10;
/** How long an attempt waits for a reader of the console that has no room. A pipe holds 64 KiB: most readers have taken them within a millisecond. */
const ATTEMPT_MILLIS = 2;

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
  readonly withoutWorker: WithoutWorker;
  /** Whether somebody waits for what only a worker can tell. */
  readonly isWorkerAwaited: () => boolean;
  /** Everything is delivered or given up, and the worker has ended. */
  readonly onEnded: () => void;
}

export class Shutdown {
  readonly #parts: ShutdownParts;
  #report: Promise<FlushReport> | undefined;
  #closedComplete = true;
  /** Resolves when the worker's backends have given up what they have not delivered. */
  readonly #givenUp = Promise.withResolvers<void>();
  #isByWorker = false;
  #isOver = false;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  /** The promise of {@link run}; undefined before it is called. */
  get report(): Promise<FlushReport> | undefined {
    return this.#report;
  }

  /** Whether everything is delivered or given up. */
  get isOver(): boolean {
    return this.#isOver || (this.#isByWorker && this.#parts.worker.state === 'stopped');
  }

  /** Once; every further call gets the first one's report. */
  run(timeoutMillis: number): Promise<FlushReport> {
    this.#report ??= this.#run(Deadline.in(timeoutMillis));
    return this.#report;
  }

  /** The worker's last message: whether its backends have taken everything. */
  noteClosed(isComplete: boolean): void {
    this.#closedComplete = isComplete;
    if (!isComplete) this.#givenUp.resolve();
  }

  async #run(deadline: Deadline): Promise<FlushReport> {
    const startedMillis = monotonicMillis();
    const { producer, observables, threads, flushes, withoutWorker, isWorkerAwaited, onEnded } = this.#parts;
    observables.observeSync();
    observables.shutdown();
    producer.close();
    threads?.receiveNow();
    threads?.close();
    const delivery = isWorkerAwaited() ? undefined : withoutWorker.openUnlessWorkerIsNeeded();
    const complete = await (delivery === undefined ? this.#byWorker(deadline) : this.#byThisThread(delivery, deadline));
    onEnded();
    return flushes.report(complete && this.#closedComplete, startedMillis);
  }

  async #byWorker(deadline: Deadline): Promise<boolean> {
    const { producers, worker, flushes, handover, withoutWorker } = this.#parts;
    this.#isByWorker = true;
    let complete = await flushes.flush(deadline, ENDING_INSTANCE);
    const closing = Deadline.in(Math.max(LEAST_CLOSE_MILLIS, deadline.left));
    if (handover.predecessor !== undefined) {
      await closing.race(handover.predecessor);
      complete = await flushes.flush(closing, ENDING_INSTANCE);
    }
    worker.post({ type: 'close', timeoutMillis: Math.max(LEAST_CLOSE_MILLIS, closing.left) });
    // A request that nobody waits for any more keeps the worker until its own timeout.
    await worker.stopped(closing.plus(CLOSE_GRACE_MILLIS), this.#givenUp.promise);
    // None starts, or there was no time for it.
    if (!complete) complete = withoutWorker.deliverOnce(producers.all, { givesUp: true });
    this.#leave();
    return complete;
  }

  /** Without a wait where nothing refuses: then everything is delivered when the caller of the shutdown goes on. */
  async #byThisThread(delivery: DeliveryAtExit, deadline: Deadline): Promise<boolean> {
    const { producers, worker } = this.#parts;
    const stopped = worker.terminated();
    const deliver = () => delivery.deliver(producers.all, { deadline: Deadline.in(ATTEMPT_MILLIS), retries: false });
    let complete = deliver();
    while (!complete && !deadline.isOver) {
      await deadline.pause(RETRY_MILLIS);
      complete = deliver();
    }
    delivery.close({ givesUp: true });
    this.#leave();
    await stopped;
    return complete;
  }

  /** No worker uses the memory any more. */
  #leave(): void {
    const { config, memory, producers, hosts } = this.#parts;
    rescueAudit(config, memory, producers.all, true);
    hosts.close();
    leaveRun(memory, producers, true);
    this.#isOver = true;
  }
}
