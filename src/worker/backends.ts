/**
 * The configured backends of records, opened: the destination of each bit of the routing masks. Everything about a kind of backend is in its descriptor.
 */
import { ReceiptBook } from '../audit/receipts.ts';
import { runLinesOf } from '../audit/run-lines.ts';
import { resourceOfRun, runTreeSettings } from '../audit/run-tree/settings.ts';
import type { Opened, OpenedBytes, OpenedObjects, RecordTools } from '../backends/opening.ts';
import { type RunningBackend, runningBackends } from '../config/running.ts';
import type { ReceiptAnswer, ReceiptRequest } from '../contract/audit-receipt.ts';
import type { MakeAdmission } from '../delivery/admission.ts';
import { LOCAL_MAX_PAUSE_MILLIS } from '../delivery/backoff.ts';
import type { ByteQueue } from '../delivery/batch-queue.ts';
import { BridgeDestination } from '../delivery/bridge-destination.ts';
import { ByteDestination } from '../delivery/byte-destination.ts';
import { CircuitBreaker } from '../delivery/circuit-breaker.ts';
import type { Destination } from '../delivery/destination.ts';
import { DeliveryEngine } from '../delivery/engine.ts';
import { LaneSplit } from '../delivery/lane-split.ts';
import { LossMarks } from '../delivery/loss-marks.ts';
import { ObjectDestination } from '../delivery/object-destination.ts';
import { ObjectQueue } from '../delivery/object-queue.ts';
import { Outbox } from '../delivery/outbox.ts';
import type { OnAnswer } from '../delivery/outcome.ts';
import { type EncodedBatch, senderOfSink } from '../delivery/sender.ts';
import { AUDIT_RESERVE, Shares } from '../delivery/shares.ts';
import { codeOf } from '../files/descriptor.ts';
import type { BackendCounters, CircuitState } from '../health/counters.ts';
import { addTally, newTally, recordsOf } from '../health/tally.ts';
import { WarningCounters } from '../health/warning-counters.ts';
import { outboxOf } from '../instance/outboxes.ts';
import type { WorkerStart } from '../instance/wire.ts';
import { openBlock } from '../memory/block.ts';
import { ENDING_PROCESS } from '../memory/flush.ts';
import { ForeignCode } from '../memory/foreign-code.ts';
import { laneContextOf } from '../read/frames-of-lane.ts';
import { AUDIT_RANK, LANES, type Lane } from '../record.ts';
import type { Routes } from '../router/rules.ts';
import type { DroppedEntries } from '../spool/spool.ts';
import type { SpooledQueue, SpooledQueueOptions } from '../spool/spooled-queue.ts';
import type { SpoolStore } from '../spool/store.ts';
import { unixMillis } from '../time/clock.ts';
import { Deadline } from '../time/deadline.ts';
import { SYSTEM_TIMERS } from '../time/timers.ts';
import type { CheckpointCopies } from './checkpoint-copies.ts';
import type { OwnHistograms } from './own-histograms.ts';
import { Reach } from './reach.ts';
import { exporterTags } from './sdk-metrics.ts';
import type { AnchoredClock } from './wall-clock.ts';

export interface OpenBackends {
  /** By bit. */
  readonly counters: readonly BackendCounters[];
  /** By bit. */
  readonly destinations: readonly Destination[];
  /** Answers come by {@link BackendEvents.onReceipts}. */
  askForReceipts(requests: readonly ReceiptRequest[]): void;
  /**
   * True when everything was taken in time. `ending`: bits ENDING_* (memory/flush.ts). At an end, batches for a destination that is away go into its spool; a
   * destination that was never reached is not waited for when the process ends.
   */
  flush(timeoutMillis: number, ending?: number): Promise<boolean>;
  close(timeoutMillis: number): Promise<boolean>;
}

export interface BackendEvents {
  /** For the user: what is wrong, and what to do about it. */
  readonly onWarning: (message: string) => void;
  readonly onReceipts: (answers: readonly ReceiptAnswer[]) => void;
}

/** Facts about the audit file. */
interface AuditEvents {
  readonly receipts: ReceiptBook;
  readonly onCheckpoint: (note: string, size: number) => void;
}

/** Longest wait for a collector to acknowledge a checkpoint. */
const ARRIVAL_MILLIS = 30_000;

/** The backends that take log records, in the order of their bits. */
export async function openBackends(
  start: WorkerStart,
  routes: Routes,
  clock: AnchoredClock,
  own: OwnHistograms,
  { onWarning, onReceipts }: BackendEvents,
): Promise<OpenBackends> {
  const receipts = new ReceiptBook(onReceipts, unixMillis);
  const running = runningBackends(start.config);
  const reaches = running.map(() => new Reach());
  let copies: CheckpointCopies | undefined;
  // A checkpoint that is made while backends are opened is not copied: the next one covers its events too.
  const onCheckpoint = (note: string, size: number) => {
    copies?.send(note, size);
    if (receipts.wantsCollector(size)) void arrival(size);
  };
  const counters = running.map(
    ({ name }, index) => new WarningCounters(openBlock(start.counters).memory, index, name, onWarning),
  );
  const destinations = await Promise.all(
    running.map((each, index) => {
      const opening = new BackendOpening(each, index, counters[index], reaches[index], start, routes, clock, own, onWarning, {
        receipts,
        onCheckpoint,
      });
      return opening.open();
    }),
  );
  const hasTrail = running.some(({ backend }) => backend.holdsAuditBack === true);
  const mayKeep = hasTrail && running.some(({ backend }) => backend.keepsCheckpoints === true);
  let audited = 0;
  const isKeeper = (index: number) => running[index].backend.keepsCheckpoints === true && (audited & (1 << index)) !== 0;
  if (mayKeep) {
    const { AUDIT_SCOPE, CheckpointCopies } = await import('./checkpoint-copies.ts');
    audited = routes.maskFor('audit', AUDIT_RANK, AUDIT_SCOPE.name, AUDIT_SCOPE.tags);
    copies = new CheckpointCopies(
      destinations.filter((_, index) => isKeeper(index)),
      clock,
    );
  }
  /**
   * Settles the receipts that wait for a checkpoint of that size to be acknowledged. Those of a checkpoint that does not arrive in time wait for the next one.
   */
  const arrival = async (size: number) => {
    const keepers = destinations.filter((_, index) => isKeeper(index));
    if (keepers.length === 0)
      return receipts.refuseCollector('No collector takes audit events of this instance: backends.otlp, and its routes.');
    const flushed = await Promise.all(keepers.map((destination) => destination.flush(ARRIVAL_MILLIS)));
    if (flushed.every((complete) => complete)) receipts.atCollector(size);
  };
  const all = async (each: (destination: Destination, index: number) => Promise<boolean>) =>
    (await Promise.all(destinations.map(each))).every((complete) => complete);
  return {
    counters,
    destinations,
    askForReceipts: (requests) => receipts.request(requests),
    flush: async (timeoutMillis, ending = 0) => {
      const deadline = Deadline.in(timeoutMillis);
      const flushOf = async (destination: Destination, index: number) => {
        if (ending === 0) return destination.flush(deadline.left);
        const flushed = destination.flushAtEnd(deadline.left);
        const isComplete = await ((ending & ENDING_PROCESS) === 0 ? flushed : reaches[index].unlessUnreached(flushed));
        if (!isComplete) await destination.keep?.(deadline.left);
        return isComplete;
      };
      copies?.takeNew();
      const isComplete = await all(flushOf);
      // The audit file has made a checkpoint in its flush, whose copy the others have not flushed yet.
      if (copies?.takeNew() !== true) return isComplete;
      return (await all(async (destination, index) => !isKeeper(index) || flushOf(destination, index))) && isComplete;
    },
    close: async (timeoutMillis) => {
      const deadline = Deadline.in(timeoutMillis);
      // The last checkpoint is made when the audit file is closed: its copy goes out before the others are.
      const first = await all(async (destination, index) => isKeeper(index) || destination.close(timeoutMillis));
      const rest = await all(async (destination, index) => !isKeeper(index) || destination.close(Math.max(1, deadline.left)));
      return first && rest;
    },
  };
}

/** A destination, and the records that a worker before this one has left in its outbox. */
interface Way {
  readonly destination: Destination;
  /** Undefined: its queue was in the heap of that worker, and is lost. */
  readonly queue: Pick<ByteQueue, 'waiting'> | undefined;
}

class BackendOpening {
  readonly #running: RunningBackend;
  readonly #index: number;
  readonly #counters: BackendCounters;
  readonly #start: WorkerStart;
  readonly #routes: Routes;
  readonly #clock: AnchoredClock;
  readonly #onWarning: (message: string) => void;
  readonly #auditEvents: AuditEvents;
  readonly #onDelivered: (calledNanos: number) => void;
  readonly #onAnswer: OnAnswer;
  /** By lane. */
  readonly #stores = new Map<Lane, SpoolStore>();

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
    auditEvents: AuditEvents,
  ) {
    this.#auditEvents = auditEvents;
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
    this.#closeAccount(ways.map(({ queue }) => queue));
    const [first] = ways;
    const destination =
      backend.splitsLanes === true
        ? new LaneSplit(Object.fromEntries(LANES.map((lane, i) => [lane, ways[i].destination])) as Record<Lane, Destination>)
        : first.destination;
    destination.kick();
    return backend.skipsEchoes === true ? new BridgeDestination(destination) : destination;
  }

  /** A backend's modules are loaded when it runs. */
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
      resource: resourceOfRun(config.resource, runIdentity.run),
      jsonLines: runLinesOf(runIdentity),
      port: ports[name],
      runForeign: (call) => foreign.run(call),
      openAuditTrail: async (target) => {
        const { AuditFileSink } = await import('../audit/file-sink.ts');
        return new AuditFileSink({
          target,
          memory: openBlock(run),
          run: runIdentity.run,
          tree: runTreeSettings(config, runIdentity),
          witnesses: target.witnesses,
          tellsClock: target.clockEvidence,
          onReopen,
          onWarning: this.#onWarning,
          ...this.#auditEvents,
        });
      },
      onReopen,
      onWarning: this.#onWarning,
      onFailed: (reason) => this.#counters.setState('failed', reason),
    };
  }

  #wayOf(opened: Opened, lane: Lane | undefined): Way | Promise<Way> {
    return 'sink' in opened ? this.#bytes(opened, lane) : { destination: this.#objects(opened, lane), queue: undefined };
  }

  async #bytes({ sink, encoder, concurrency = 1 }: OpenedBytes, lane: Lane | undefined): Promise<Way> {
    const { backend, name } = this.#running;
    const { memory, slotBytes } = outboxOf(this.#start.outboxes, name, lane)!;
    const holdsAuditBack = backend.holdsAuditBack === true;
    // In memory that outlives the process, batches that wait at the end are sent by the next start.
    const keepsWhatIsLeft = holdsAuditBack || memory.place.in === 'mapped';
    const outbox = new Outbox(openBlock(memory).memory, slotBytes, { keepsWhatIsLeft });
    const counters = this.#counters;
    const spooled = await this.#spooled(outbox, memory.id, slotBytes, concurrency, lane, {
      onReady: () => engine.kick(),
      onSpooled: (batch, entry) => destination.onSpooled(batch, entry),
      onDropped: (entries) => destination.onSpoolDropped(entries),
    });
    const queue = spooled ?? outbox;
    const engine: DeliveryEngine<EncodedBatch> = new DeliveryEngine<EncodedBatch>({
      queue: queue as ByteQueue<EncodedBatch>,
      sender: senderOfSink(sink),
      counters,
      concurrency,
      onDelivered: (batch) => {
        this.#onDelivered(batch.calledNanos);
        destination.onDelivered(batch);
      },
      onGivenUp: (batch) => destination.onGivenUp(batch),
      onAnswer: this.#onAnswer,
      admission: this.#circuit(lane, (state) => spooled?.divert(state !== 'closed')),
      ...(backend.isLocal === true && { maxPauseMillis: LOCAL_MAX_PAUSE_MILLIS }),
    });
    const destination = new ByteDestination({
      queue,
      engine,
      counters,
      marks: new LossMarks(counters, this.#clock, lane && [lane]),
      makeEncoder: (source) => encoder(source, laneContextOf(source)),
      shares: this.#sharesOf(lane),
      holdsAuditBack,
      inOrder: backend.inOrder === true,
    });
    return { destination, queue };
  }

  /** Undefined: growing pauses, as in front of a file. */
  #circuit(lane: Lane = 'logs', onState: (state: CircuitState) => void = () => {}): MakeAdmission | undefined {
    if (this.#running.backend.isRemote !== true) return undefined;
    this.#counters.setCircuit(lane, 'closed');
    return (onAllowed) =>
      new CircuitBreaker({
        timers: SYSTEM_TIMERS,
        onAllowed,
        onState: (state) => {
          this.#counters.setCircuit(lane, state);
          onState(state);
        },
      });
  }

  /** Undefined: batches wait in memory only. */
  async #spooled(
    outbox: Outbox,
    token: string,
    batchBytes: number,
    concurrency: number,
    lane: Lane = 'logs',
    events: Pick<SpooledQueueOptions, 'onReady' | 'onSpooled'> & { readonly onDropped: (entries: DroppedEntries) => void },
  ): Promise<SpooledQueue | undefined> {
    const { backend, settings } = this.#running;
    const size = backend.spool?.(settings);
    if (size === undefined) return undefined;
    const [{ serviceFolder }, { SpooledQueue }, { SpoolStore }] = await Promise.all([
      import('../spool/folders.ts'),
      import('../spool/spooled-queue.ts'),
      import('../spool/store.ts'),
    ]);
    const counters = this.#counters;
    const isAudit = lane === 'audit';
    const onChange = () => {
      const { waiting, bytes, oldestUnixMillis } = store;
      counters.setSpool(lane, { records: recordsOf(waiting), bytes, oldestUnixMillis });
    };
    let isOpening = true;
    const store: SpoolStore = await SpoolStore.open({
      directory: serviceFolder(size.directory, String(this.#start.config.resource['service.name'])),
      lane,
      token,
      maxBytes: isAudit ? size.auditMaxBytes : size.maxBytes,
      onFound: (records) => {
        // Batches that an earlier worker of this instance has left were taken by the backend, and are in its account.
        if (!isOpening || this.#start.restarts === 0) counters.add('restored', recordsOf(records));
        counters.take(records);
      },
      onLost: (reason, records, entries) => {
        counters.drop(reason, records);
        if (entries !== undefined) events.onDropped(entries);
      },
      onWarning: this.#onWarning,
    });
    isOpening = false;
    this.#stores.set(lane, store);
    onChange();
    return new SpooledQueue({
      ...events,
      outbox,
      store,
      isUrgent: isAudit,
      batchBytes,
      concurrency,
      onRepeated: (records) => counters.take(records),
      onRefused: async (error, message) => {
        counters.setState(
          'degraded',
          `The spool cannot be written: ${message}. Free space, or give spool.directory another disk.`,
        );
        // Audit events come before log records, also on a disk that is full.
        return isAudit && codeOf(error) === 'ENOSPC' && (await this.#stores.get('logs')?.dropOldest()) === true;
      },
      onChange,
    });
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
      admission: this.#circuit(lane),
    });
    const destination = new ObjectDestination(queue, counters, new LossMarks(counters, this.#clock, lane && [lane]));
    return destination;
  }

  /** A queue that also takes audit events keeps room for them. */
  #sharesOf(lane: Lane | undefined): Shares {
    const { config } = this.#start;
    const isShared = lane === undefined && (this.#routes.reachOf('audit', AUDIT_RANK) & (1 << this.#index)) !== 0;
    return new Shares(config.overflowShares, isShared ? AUDIT_RESERVE : 0);
  }

  /** After the death of a worker: batches in an outbox will be delivered, those in a queue of its heap are lost. */
  #closeAccount(queues: readonly Way['queue'][]): void {
    if (this.#start.restarts === 0) return;
    const waiting = newTally();
    for (const queue of queues) if (queue !== undefined) addTally(waiting, queue.waiting);
    this.#counters.settle(waiting, queues.includes(undefined) ? 'lost' : 'redelivered');
  }
}
