/**
 * The configured backends of records, opened: what stands behind each bit of the routing masks. What a backend is stands in its descriptor.
 */
import { AuditFileSink } from '../audit/file-sink.ts';
import { runOf, runTreeSettings } from '../audit/run-tree/settings.ts';
import type { MakeEncoder, Opened, OpenedBytes, OpenedObjects, RecordTools } from '../backends/opening.ts';
import { type RunningBackend, runningBackends } from '../config/running.ts';
import { LOCAL_MAX_PAUSE_MILLIS } from '../delivery/backoff.ts';
import { BridgeDestination } from '../delivery/bridge-destination.ts';
import { ByteDestination } from '../delivery/byte-destination.ts';
import type { Destination } from '../delivery/destination.ts';
import { DeliveryEngine } from '../delivery/engine.ts';
import { LaneSplit } from '../delivery/lane-split.ts';
import { LossMarks } from '../delivery/loss-marks.ts';
import { ObjectDestination } from '../delivery/object-destination.ts';
import { ObjectQueue } from '../delivery/object-queue.ts';
import { Outbox } from '../delivery/outbox.ts';
import type { OnAnswer } from '../delivery/outcome.ts';
import { senderOfSink } from '../delivery/sender.ts';
import { AUDIT_RESERVE, Shares } from '../delivery/shares.ts';
import { JsonLinesEncoder } from '../encoders/json/lines.ts';
import type { BackendCounters } from '../health/counters.ts';
import { addTally, newTally } from '../health/tally.ts';
import { WarningCounters } from '../health/warning-counters.ts';
import { outboxOf } from '../instance/memory.ts';
import type { WorkerStart } from '../instance/wire.ts';
import { openBlock } from '../memory/block.ts';
import { ForeignCode } from '../memory/foreign-code.ts';
import type { FramesOfLane } from '../read/frames-of-lane.ts';
import { AUDIT_RANK, LANES, type Lane } from '../record.ts';
import type { Routes } from '../router/rules.ts';
import type { OwnHistograms } from './own-histograms.ts';
import { Reach } from './reach.ts';
import { exporterTags } from './sdk-metrics.ts';
import type { AnchoredClock } from './wall-clock.ts';

export interface OpenBackends {
  /** By bit. */
  readonly destinations: readonly Destination[];
  /** True when everything was taken in time. `endsProcess`: a destination that was never reached is not waited for. */
  flush(timeoutMillis: number, endsProcess?: boolean): Promise<boolean>;
  close(timeoutMillis: number): Promise<boolean>;
}

/** The backends that take log records, in the order of their bits. */
export async function openBackends(
  start: WorkerStart,
  routes: Routes,
  clock: AnchoredClock,
  own: OwnHistograms,
  onTrouble: (message: string) => void,
): Promise<OpenBackends> {
  const running = runningBackends(start.config);
  const reaches = running.map(() => new Reach());
  const destinations = await Promise.all(
    running.map((each, index) => {
      const counters = new WarningCounters(openBlock(start.counters).memory, index, each.name, onTrouble);
      return new BackendOpening(each, index, counters, reaches[index], start, routes, clock, own, onTrouble).open();
    }),
  );
  const all = async (each: (destination: Destination, index: number) => Promise<boolean>) =>
    (await Promise.all(destinations.map(each))).every((complete) => complete);
  return {
    destinations,
    flush: (timeoutMillis, endsProcess = false) =>
      all((destination, index) => {
        const flushed = destination.flush(timeoutMillis);
        return endsProcess ? reaches[index].unlessUnreached(flushed) : flushed;
      }),
    close: (timeoutMillis) => all((destination) => destination.close(timeoutMillis)),
  };
}

/** A destination, and the records that a worker before this one has left in its outbox. */
interface Way {
  readonly destination: Destination;
  /** Undefined: its queue was in the heap, and died with that worker. */
  readonly outbox: Outbox | undefined;
}

class BackendOpening {
  readonly #running: RunningBackend;
  readonly #index: number;
  readonly #counters: BackendCounters;
  readonly #start: WorkerStart;
  readonly #routes: Routes;
  readonly #clock: AnchoredClock;
  readonly #onWarning: (message: string) => void;
  readonly #onDelivered: (calledNanos: number) => void;
  readonly #onAnswer: OnAnswer;

  constructor(
    running: RunningBackend,
    index: number,
    counters: BackendCounters,
    reach: Reach,
    start: WorkerStart,
    routes: Routes,
    clock: AnchoredClock,
    own: OwnHistograms,
    onWarning: (message: string) => void,
  ) {
    this.#running = running;
    this.#index = index;
    this.#counters = counters;
    this.#start = start;
    this.#routes = routes;
    this.#clock = clock;
    this.#onWarning = onWarning;
    this.#onDelivered = own.deliveryDelayOf(running.name);
    const measure = own.operationDurationOf(exporterTags(running));
    this.#onAnswer = (elapsedMillis, outcome) => {
      measure(elapsedMillis, outcome);
      reach.note(outcome);
    };
  }

  async open(): Promise<Destination> {
    const { backend } = this.#running;
    const lanes = backend.splitsLanes === true ? LANES : [undefined];
    const ways = await Promise.all(lanes.map(async (lane) => this.#wayOf(await this.#opened(lane), lane)));
    this.#closeAccount(ways.map(({ outbox }) => outbox));
    const [first] = ways;
    const destination =
      backend.splitsLanes === true
        ? new LaneSplit(Object.fromEntries(LANES.map((lane, i) => [lane, ways[i].destination])) as Record<Lane, Destination>)
        : first.destination;
    destination.kick();
    return backend.skipsEchoes === true ? new BridgeDestination(destination) : destination;
  }

  /** What a backend needs is loaded when it runs. */
  async #opened(lane: Lane | undefined): Promise<Opened> {
    const { backend, name, settings } = this.#running;
    const reason = this.#start.setAside[name];
    if (reason !== undefined) {
      this.#counters.setState('failed', reason);
      return { backend: { write: () => ({ status: 'failure', message: reason }) } };
    }
    const { open } = await backend.load();
    return open(settings, this.#tools(lane));
  }

  #tools(lane: Lane | undefined): RecordTools {
    const { name } = this.#running;
    const { config, ports, signals, run, runIdentity } = this.#start;
    const onReopen = () => this.#counters.add('reopens', 1);
    const foreign = new ForeignCode(openBlock(signals).words, this.#index);
    return {
      name,
      lane,
      resource: config.resource,
      jsonLines: (source, context) =>
        new JsonLinesEncoder(
          source,
          context,
          source.run ?? runOf(source.resource?.['service.instance.id'] as string | undefined, runIdentity),
        ),
      port: ports[name],
      runForeign: (call) => foreign.run(call),
      openAuditTrail: (target) =>
        new AuditFileSink({
          target,
          memory: openBlock(run),
          run: runIdentity.run,
          tree: runTreeSettings(config, runIdentity),
          onReopen,
          onWarning: this.#onWarning,
        }),
      onReopen,
      onWarning: this.#onWarning,
      onFailed: (reason) => this.#counters.setState('failed', reason),
    };
  }

  #wayOf(opened: Opened, lane: Lane | undefined): Way {
    return 'sink' in opened ? this.#bytes(opened, lane) : { destination: this.#objects(opened, lane), outbox: undefined };
  }

  #bytes({ sink, encoder, concurrency = 1 }: OpenedBytes, lane: Lane | undefined): Way {
    const { backend, name } = this.#running;
    const { memory, slotBytes } = outboxOf(this.#start.outboxes, name, lane)!;
    const holdsAuditBack = backend.holdsAuditBack === true;
    // In memory that outlives the process, what waits at the end is the next start's to send.
    const keepsWhatIsLeft = holdsAuditBack || memory.place.in === 'mapped';
    const outbox = new Outbox(openBlock(memory).memory, slotBytes, { keepsWhatIsLeft });
    const counters = this.#counters;
    const engine = new DeliveryEngine({
      queue: outbox,
      sender: senderOfSink(sink),
      counters,
      concurrency,
      onDelivered: (batch) => {
        this.#onDelivered(batch.calledNanos);
        destination.onDelivered(batch);
      },
      onGivenUp: (batch) => destination.onGivenUp(batch),
      onAnswer: this.#onAnswer,
      ...(backend.isLocal === true && { maxPauseMillis: LOCAL_MAX_PAUSE_MILLIS }),
    });
    const destination = new ByteDestination({
      queue: outbox,
      engine,
      counters,
      marks: new LossMarks(counters, this.#clock, lane && [lane]),
      makeEncoder: this.#encoders(encoder),
      shares: this.#sharesOf(lane),
      holdsAuditBack,
      inOrder: backend.inOrder === true,
    });
    return { destination, outbox };
  }

  #encoders(make: MakeEncoder) {
    return (source: FramesOfLane) => {
      const { lane, attributeLimit, tracker } = source;
      return make(source, { lane, clock: source.clock, attributeLimit, sequenceOf: tracker.full });
    };
  }

  #objects({ backend, batchRecords }: OpenedObjects, lane: Lane | undefined): Destination {
    const counters = this.#counters;
    const queue = new ObjectQueue({
      backend,
      counters,
      batchRecords,
      shares: this.#sharesOf(lane),
      onDelivered: (batch) => {
        this.#onDelivered(batch.calledNanos);
        destination.onDelivered();
      },
      onGivenUp: (batch) => destination.onGivenUp(batch),
      onAnswer: this.#onAnswer,
    });
    const destination = new ObjectDestination(queue, counters, new LossMarks(counters, this.#clock, lane && [lane]));
    return destination;
  }

  /** A queue that audit events go through too keeps room for them. */
  #sharesOf(lane: Lane | undefined): Shares {
    const { config } = this.#start;
    const isShared = lane === undefined && (this.#routes.reachOf('audit', AUDIT_RANK) & (1 << this.#index)) !== 0;
    return new Shares(config.overflowShares, isShared ? AUDIT_RESERVE : 0);
  }

  /** After the death of a worker: what is in an outbox will be delivered, what was in a queue of its heap is lost. */
  #closeAccount(outboxes: readonly (Outbox | undefined)[]): void {
    if (this.#start.restarts === 0) return;
    const waiting = newTally();
    for (const outbox of outboxes) if (outbox !== undefined) addTally(waiting, outbox.waiting);
    this.#counters.settle(waiting, outboxes.includes(undefined) ? 'lost' : 'redelivered');
  }
}
