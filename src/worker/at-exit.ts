/**
 * Delivery on the thread that made an instance, for a process that ends before its worker has begun: a short program would wait for the start of a thread only to
 * have its few lines written. The same drain, routes, encoders, outboxes and files as in the worker; only the steps on files run at once. So it is made for
 * backends that are files or streams of the process (`atExit` of their descriptors).
 */

import { openCallersTrail } from '../audit/callers-trail.ts';
import { runLinesOf } from '../audit/run-lines.ts';
import type { AtExitTools, BatchSteps } from '../backends/opening-at-exit.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { endsWithoutWorker, type RunningBackend, runningBackends } from '../config/running.ts';
import type { ByteQueue } from '../delivery/batch-queue.ts';
import { ByteDestination, type DestinationEngine } from '../delivery/byte-destination.ts';
import { LossMarks } from '../delivery/loss-marks.ts';
import { Outbox } from '../delivery/outbox.ts';
import type { EncodedBatch } from '../delivery/sender.ts';
import { countSettled } from '../delivery/settled.ts';
import { Shares } from '../delivery/shares.ts';
import { runSync } from '../files/steps.ts';
import { BackendCounters } from '../health/counters.ts';
import { UnroutedCounters } from '../health/unrouted.ts';
import type { DeliveryAtExit, DeliveryAtExitOptions } from '../instance/ending/exit-drain.ts';
import type { InstanceMemory } from '../instance/memory.ts';
import { outboxOf } from '../instance/outboxes.ts';
import { openBlock } from '../memory/block.ts';
import { FlushAnswerer } from '../memory/flush.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { RUN_CLOCK_OFFSET_INDEX } from '../memory/run.ts';
import { DELIVERY_BY_MAKER, takeDelivery } from '../memory/signals.ts';
import { laneContextOf } from '../read/frames-of-lane.ts';
import { compileRoutes } from '../router/rules.ts';
import { readClock, unixMillis } from '../time/clock.ts';
import { Deadline } from '../time/deadline.ts';
import { sleepNow } from '../time/sleep.ts';
import { Drain } from './drain.ts';
import { RingSources } from './ring-sources.ts';
import { AnchoredClock } from './wall-clock.ts';

/** Pause before a destination that refuses for now is tried again. */
const RETRY_MILLIS = 20;

/** Undefined: a worker has begun, or a backend needs one. Otherwise no worker begins any more. */
export function openDeliveryAtExit(config: ResolvedConfig, memory: InstanceMemory): DeliveryAtExit | undefined {
  if (!endsWithoutWorker(config) || !takeDelivery(openBlock(memory.signals).words, DELIVERY_BY_MAKER)) return undefined;
  return new Delivery(config, memory);
}

class Delivery implements DeliveryAtExit {
  readonly #clock: AnchoredClock;
  readonly #sources: RingSources;
  readonly #drain: Drain;
  readonly #ways: readonly Way[];
  #deadline = Deadline.in(0);

  constructor(config: ResolvedConfig, memory: InstanceMemory) {
    const signals = openBlock(memory.signals).words;
    const run = openBlock(memory.run);
    const clock = new AnchoredClock(readClock, unixMillis, (offsetNanos) => {
      Atomics.store(run.nanos, RUN_CLOCK_OFFSET_INDEX, offsetNanos);
    });
    const unrouted = new UnroutedCounters(openBlock(memory.counters).memory);
    this.#clock = clock;
    const routes = compileRoutes(config);
    this.#sources = new RingSources({ config, signals, run, routes, clock, onUnrouted: (records) => unrouted.add(records) });
    this.#ways = runningBackends(config).map((running, index) =>
      wayOf(running, index, config, memory, clock, () => this.#deadline.isOver),
    );
    this.#drain = new Drain({
      signals,
      flushes: new FlushAnswerer(signals, config.exitTimeoutMillis),
      clock,
      destinations: this.#ways.map(({ destination }) => destination),
      batchSize: config.batchSize,
      flushIntervalMillis: config.flushIntervalMillis,
      onDelay: () => {},
      onFlushAsked: () => {},
      onFinished: () => {},
    });
  }

  deliver(producers: readonly ProducerMemory[], { deadline, isLast, retries }: DeliveryAtExitOptions): boolean {
    this.#clock.refresh();
    this.#deadline = deadline;
    for (const memory of producers) for (const source of this.#sources.adopt(memory) ?? []) this.#drain.sources.add(source);
    const isComplete = this.#deliver(deadline, retries);
    if (isLast) for (const { end } of this.#ways) end?.();
    return isComplete;
  }

  #deliver(deadline: Deadline, retries: boolean): boolean {
    for (;;) {
      const isDrained = this.#drain.drainAll();
      const refusing = this.#ways.filter(({ sending }) => !sending.retry());
      if (isDrained && refusing.length === 0) return true;
      if (deadline.isOver || !retries) return false;
      if (refusing.length > 0) sleepNow(Math.min(RETRY_MILLIS, deadline.left));
    }
  }
}

interface Way {
  readonly destination: ByteDestination;
  readonly sending: SendingAtOnce;
  readonly end: (() => void) | undefined;
}

function wayOf(
  { name, backend, settings }: RunningBackend,
  index: number,
  config: ResolvedConfig,
  instance: InstanceMemory,
  clock: AnchoredClock,
  isOver: () => boolean,
): Way {
  const counters = new BackendCounters(openBlock(instance.counters).memory, index);
  const tools: AtExitTools = {
    jsonLines: runLinesOf(instance.runIdentity),
    openAuditTrail: (target) => openCallersTrail(target, config, instance),
    isOver,
  };
  const { writer, encoder, end } = backend.atExit!(settings)!(tools);
  const { memory, slotBytes } = outboxOf(instance.outboxes, name)!;
  const queue = new Outbox(openBlock(memory).memory, slotBytes, { keepsWhatIsLeft: true });
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
  return { destination, sending, end };
}

/** In place of the delivery engine: each batch is written when it is there. */
class SendingAtOnce implements DestinationEngine {
  readonly #queue: ByteQueue<EncodedBatch>;
  readonly #writer: BatchSteps;
  readonly #counters: BackendCounters;
  readonly #events: { readonly onDelivered: (batch: EncodedBatch) => void; readonly onGivenUp: (batch: EncodedBatch) => void };
  /** The destination refuses for now, until {@link retry}. */
  #isRefused = false;

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
      this.#counters.setState('failed', outcome.message ?? 'The destination refused a batch for now.', unixMillis());
      this.#queue.putBack(batch);
      return;
    }
    const isTaken = countSettled(this.#counters, batch, outcome, unixMillis());
    this.#queue.release(batch);
    if (isTaken) this.#events.onDelivered(batch);
    else this.#events.onGivenUp(batch);
  }
}
