/**
 * Delivery on the thread that made an instance, for one that ends before its worker has begun, with its process or by a shutdown: a short program would wait for
 * the start of a thread only to have its few lines written. The same drain, routes, encoders, outboxes and files as in the worker; only the steps on files run
 * at once. So it is made for backends that are files or streams of the process (`atExit` of their descriptors).
 */
import { openCallersTrail } from '../audit/callers-trail.ts';
import { runLinesOf } from '../audit/run-lines.ts';
import type { AtExitTools, BatchSteps } from '../backends/opening-at-exit.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { endsWithoutWorker, type RunningBackend, runningBackends } from '../config/running.ts';
import { FAILED_AFTER_MILLIS } from '../delivery/backoff.ts';
import type { ByteQueue } from '../delivery/batch-queue.ts';
import { ByteDestination, type DestinationEngine } from '../delivery/byte-destination.ts';
import { LossMarks } from '../delivery/loss-marks.ts';
import { Outbox } from '../delivery/outbox.ts';
import type { EncodedBatch } from '../delivery/sender.ts';
import { countQueueGivenUp, countSettled } from '../delivery/settled.ts';
import { Shares } from '../delivery/shares.ts';
import { runSync } from '../files/steps.ts';
import type { BackendCounters } from '../health/counters.ts';
import { UnroutedCounters } from '../health/unrouted.ts';
import { WarningCounters } from '../health/warning-counters.ts';
import type { DeliveryAtExit, DeliveryOptions } from '../instance/ending/without-worker.ts';
import type { InstanceMemory } from '../instance/memory.ts';
import { outboxOf } from '../instance/outboxes.ts';
import { openBlock } from '../memory/block.ts';
import { FlushAnswerer } from '../memory/flush.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { RUN_CLOCK_OFFSET_INDEX } from '../memory/run.ts';
import { DELIVERY_BY_MAKER, takeDelivery } from '../memory/signals.ts';
import { laneContextOf } from '../read/frames-of-lane.ts';
import { compileRoutes } from '../router/rules.ts';
import { unroutedWarner } from '../router/unrouted.ts';
import { monotonicMillis, readClock, unixMillis } from '../time/clock.ts';
import { Deadline } from '../time/deadline.ts';
import { sleepNow } from '../time/sleep.ts';
import { Drain } from './drain.ts';
import { RingSources } from './ring-sources.ts';
import { AnchoredClock } from './wall-clock.ts';

/** Pause before a destination that refuses for now is tried again. */
const RETRY_MILLIS = 20;

/** Undefined: a worker has begun, or a backend needs one. Otherwise no worker begins any more. */
export function openDeliveryAtExit(
  config: ResolvedConfig,
  memory: InstanceMemory,
  onWarning: (message: string) => void,
): DeliveryAtExit | undefined {
  if (!endsWithoutWorker(config) || !takeDelivery(openBlock(memory.signals).words, DELIVERY_BY_MAKER)) return undefined;
  return new Delivery(config, memory, onWarning);
}

class Delivery implements DeliveryAtExit {
  readonly #clock: AnchoredClock;
  readonly #sources: RingSources;
  readonly #drain: Drain;
  readonly #backends: readonly DirectBackend[];
  readonly #flushes: FlushAnswerer;
  #deadline = Deadline.in(0);
  #isComplete = false;
  #isClosed = false;

  constructor(config: ResolvedConfig, memory: InstanceMemory, onWarning: (message: string) => void) {
    const signals = openBlock(memory.signals).words;
    const run = openBlock(memory.run);
    const clock = new AnchoredClock(readClock, unixMillis, (offsetNanos) => {
      Atomics.store(run.nanos, RUN_CLOCK_OFFSET_INDEX, offsetNanos);
    });
    const unrouted = new UnroutedCounters(openBlock(memory.counters).memory);
    this.#clock = clock;
    const routes = compileRoutes(config, unroutedWarner(config, onWarning));
    this.#sources = new RingSources({ config, signals, run, routes, clock, onUnrouted: (records) => unrouted.add(records) });
    this.#backends = runningBackends(config).map((running, index) =>
      openDirect(running, index, { config, memory, clock, onWarning, isOver: () => this.#deadline.isOver }),
    );
    this.#flushes = new FlushAnswerer(signals, config.exitTimeoutMillis);
    this.#drain = new Drain({
      signals,
      flushes: this.#flushes,
      clock,
      destinations: this.#backends.map(({ destination }) => destination),
      batchSize: config.batchSize,
      flushIntervalMillis: config.flushIntervalMillis,
      onDelay: () => {},
      onFlushAsked: () => {},
      onFinished: () => {},
    });
  }

  deliver(producers: readonly ProducerMemory[], { deadline, retries }: DeliveryOptions): boolean {
    if (this.#isClosed) return this.#isComplete;
    this.#clock.refresh();
    this.#deadline = deadline;
    for (const memory of producers) for (const source of this.#sources.adopt(memory) ?? []) this.#drain.sources.add(source);
    this.#isComplete = this.#deliver(deadline, retries);
    return this.#isComplete;
  }

  close({ givesUp }: { readonly givesUp: boolean }): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { sending, close } of this.#backends) {
      if (givesUp) sending.giveUp();
      close();
    }
    const asked = this.#flushes.next();
    if (asked !== undefined) this.#flushes.answer(asked, this.#isComplete);
  }

  #deliver(deadline: Deadline, retries: boolean): boolean {
    for (;;) {
      const isDrained = this.#drain.drainAll();
      const refusing = this.#backends.filter(({ sending }) => !sending.retry());
      if (isDrained && refusing.length === 0) return true;
      if (deadline.isOver || !retries) return false;
      if (refusing.length > 0) sleepNow(Math.min(RETRY_MILLIS, deadline.left));
    }
  }
}

/** A backend whose batches are written at once. */
interface DirectBackend {
  readonly destination: ByteDestination;
  readonly sending: SendingAtOnce;
  readonly close: () => void;
}

interface DirectParts {
  readonly config: ResolvedConfig;
  readonly memory: InstanceMemory;
  readonly clock: AnchoredClock;
  readonly onWarning: (message: string) => void;
  readonly isOver: () => boolean;
}

function openDirect(
  { name, backend, settings }: RunningBackend,
  index: number,
  { config, memory: instance, clock, onWarning, isOver }: DirectParts,
): DirectBackend {
  const counters = new WarningCounters(openBlock(instance.counters).memory, index, name, onWarning);
  const onReopen = () => counters.add('reopens', 1);
  const tools: AtExitTools = {
    jsonLines: runLinesOf(instance.runIdentity),
    openAuditTrail: (target) => openCallersTrail(target, config, instance, { onReopen, onWarning }),
    onReopen,
    onWarning,
    isOver,
  };
  const { writer, encoder, close } = backend.atExit!(settings)!(tools);
  const { memory, slotBytes } = outboxOf(instance.outboxes, name)!;
  const queue = new Outbox(openBlock(memory).memory, slotBytes, {
    keepsWhatIsLeft: backend.holdsAuditBack === true || memory.place.in === 'mapped',
  });
  const sending: SendingAtOnce = new SendingAtOnce(queue, writer, counters, {
    onDelivered: (batch) => destination.onDelivered(batch),
    onGivenUp: (batch) => destination.onGivenUp(batch),
  });
  const destination = new ByteDestination({
    queue,
    engine: sending,
    counters,
    marks: new LossMarks(counters, clock),
    makeEncoder: (source) => encoder(source, laneContextOf(source)),
    shares: new Shares(config.overflowShares),
    holdsAuditBack: backend.holdsAuditBack === true,
    inOrder: backend.inOrder === true,
  });
  return { destination, sending, close };
}

/** In place of the delivery engine: each batch is written when it is there. */
class SendingAtOnce implements DestinationEngine {
  readonly #queue: ByteQueue<EncodedBatch>;
  readonly #writer: BatchSteps;
  readonly #counters: BackendCounters;
  readonly #events: { readonly onDelivered: (batch: EncodedBatch) => void; readonly onGivenUp: (batch: EncodedBatch) => void };
  /** Of a batch that was put back, the records that its destination has taken all the same. */
  readonly #partlyTaken = new Map<EncodedBatch, number>();
  /** The destination refuses for now, until {@link retry}. */
  #isRefused = false;
  /** When the first of the refusals in a row came, by the monotonic clock. */
  #refusedAt: number | undefined;

  constructor(
    queue: Outbox,
    writer: BatchSteps,
    counters: BackendCounters,
    events: { readonly onDelivered: (batch: EncodedBatch) => void; readonly onGivenUp: (batch: EncodedBatch) => void },
  ) {
    this.#queue = queue as ByteQueue<EncodedBatch>;
    this.#writer = writer;
    this.#counters = counters;
    this.#events = events;
  }

  /** Writes what is there. */
  kick(): void {
    while (!this.#isRefused) {
      const batch = this.#queue.take(true);
      if (batch === undefined) return;
      this.#send(batch);
    }
  }

  /** Offers what was refused once more. False: it was refused again. */
  retry(): boolean {
    this.#isRefused = false;
    this.kick();
    return !this.#isRefused;
  }

  /** What the destination has not taken is lost, unless its queue keeps it. */
  giveUp(): void {
    countQueueGivenUp(this.#counters, this.#queue, this.#partlyTaken);
  }

  async flush(): Promise<boolean> {
    return this.retry();
  }

  flushAtEnd(): Promise<boolean> {
    return this.flush();
  }

  /** What was refused stays in the outbox. */
  async keep(): Promise<void> {}

  close(): Promise<boolean> {
    return this.flush();
  }

  reopen(): void {}

  #send(batch: EncodedBatch): void {
    const outcome = runSync(this.#writer.write(batch));
    if (outcome.status === 'retryable') {
      this.#isRefused = true;
      this.#refusedAt ??= monotonicMillis();
      const state = monotonicMillis() - this.#refusedAt >= FAILED_AFTER_MILLIS ? 'failed' : 'degraded';
      this.#counters.setState(state, outcome.message ?? 'The destination refused a batch for now.', unixMillis());
      if (outcome.taken !== undefined) this.#partlyTaken.set(batch, outcome.taken);
      this.#queue.putBack(batch);
      return;
    }
    this.#refusedAt = undefined;
    this.#partlyTaken.delete(batch);
    const isTaken = countSettled(this.#counters, batch, outcome, unixMillis());
    this.#queue.release(batch);
    if (isTaken) this.#events.onDelivered(batch);
    else this.#events.onGivenUp(batch);
  }
}
