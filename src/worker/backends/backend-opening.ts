/**
 * One backend of records, opened: its queue in an outbox or the heap, its engine, circuit and spool, and who marks and counts what it does not take.
 */
import type { ReceiptBook } from '../../audit/receipts.ts';
import { runLinesOf } from '../../audit/run-lines.ts';
import { resourceOfRun, runTreeSettings } from '../../audit/run-tree/settings.ts';
import type { Opened, OpenedBytes, OpenedObjects, RecordTools } from '../../backends/opening.ts';
import type { RunningBackend } from '../../config/running.ts';
import type { MakeAdmission } from '../../delivery/admission.ts';
import { LOCAL_MAX_PAUSE_MILLIS } from '../../delivery/backoff.ts';
import type { ByteQueue } from '../../delivery/batch-queue.ts';
import { BridgeDestination } from '../../delivery/bridge-destination.ts';
import { ByteDestination } from '../../delivery/byte-destination.ts';
import { CircuitBreaker } from '../../delivery/circuit-breaker.ts';
import type { Destination } from '../../delivery/destination.ts';
import { DeliveryEngine } from '../../delivery/engine.ts';
import { LaneSplit } from '../../delivery/lane-split.ts';
import { LossMarks } from '../../delivery/loss-marks.ts';
import { ObjectDestination } from '../../delivery/object-destination.ts';
import { ObjectQueue } from '../../delivery/object-queue.ts';
import { Outbox } from '../../delivery/outbox.ts';
import type { OnAnswer } from '../../delivery/outcome.ts';
import { type EncodedBatch, senderOfSink } from '../../delivery/sender.ts';
import { AUDIT_RESERVE, Shares } from '../../delivery/shares.ts';
import { codeOf } from '../../files/descriptor.ts';
import type { BackendCounters, CircuitState } from '../../health/counters.ts';
import { addTally, newTally, recordsOf } from '../../health/tally.ts';
import { outboxOf } from '../../instance/outboxes.ts';
import type { WorkerStart } from '../../instance/wire.ts';
import { openBlock } from '../../memory/block.ts';
import { ForeignCode } from '../../memory/foreign-code.ts';
import { laneContextOf } from '../../read/frames-of-lane.ts';
import { AUDIT_RANK, LANES, type Lane } from '../../record.ts';
import type { Routes } from '../../router/rules.ts';
import type { DroppedEntries } from '../../spool/spool.ts';
import type { SpooledQueue, SpooledQueueOptions } from '../../spool/spooled-queue.ts';
import type { SpoolStore } from '../../spool/store.ts';
import { SYSTEM_TIMERS } from '../../time/timers.ts';
import type { OwnHistograms } from '../metrics/own-histograms.ts';
import { exporterTags } from '../metrics/sdk-metrics.ts';
import type { AnchoredClock } from '../wall-clock.ts';
import type { Reach } from './reach.ts';

/** What all backends are opened with. */
export interface OpeningScope {
  readonly start: WorkerStart;
  readonly routes: Routes;
  readonly clock: AnchoredClock;
  readonly own: OwnHistograms;
  /** For the user: what is wrong, and what to do about it. */
  readonly onWarning: (message: string) => void;
  readonly auditEvents: AuditEvents;
}

/** Facts about the audit file. */
interface AuditEvents {
  readonly receipts: ReceiptBook;
  readonly onCheckpoint: (note: string, size: number) => void;
}

/** What takes the records of a lane, or of all lanes. */
interface LaneOpening {
  readonly destination: Destination;
  /** With what a worker before this one has left in it. Undefined: it was in the heap of that worker, and is lost. */
  readonly queue: Pick<ByteQueue, 'waiting'> | undefined;
}

/** Opens one backend: a destination, or one for each lane. */
export class BackendOpening {
  readonly #running: RunningBackend;
  readonly #index: number;
  readonly #counters: BackendCounters;
  readonly #scope: OpeningScope;
  readonly #onDelivered: (calledNanos: number) => void;
  readonly #onAnswer: OnAnswer;
  /** By lane. */
  readonly #stores = new Map<Lane, SpoolStore>();

  /** `index`: its bit. */
  constructor(running: RunningBackend, index: number, counters: BackendCounters, reach: Reach, scope: OpeningScope) {
    this.#running = running;
    this.#index = index;
    this.#counters = counters;
    this.#scope = scope;
    this.#onDelivered = scope.own.deliveryDelayOf(running.name);
    const measure = scope.own.operationDurationOf(exporterTags(running));
    this.#onAnswer = (elapsedMillis, outcome) => {
      measure(elapsedMillis, outcome);
      reach.note(outcome);
    };
  }

  async open(): Promise<Destination> {
    const { backend } = this.#running;
    const lanes = backend.splitsLanes === true ? LANES : [undefined];
    const opened = await Promise.all(lanes.map(async (lane) => this.#openLane(await this.#load(lane), lane)));
    this.#closeAccount(opened.map(({ queue }) => queue));
    const [first] = opened;
    const destination =
      backend.splitsLanes === true
        ? new LaneSplit(Object.fromEntries(LANES.map((lane, i) => [lane, opened[i].destination])) as Record<Lane, Destination>)
        : first.destination;
    destination.kick();
    return backend.skipsEchoes === true ? new BridgeDestination(destination) : destination;
  }

  /** A backend's modules are loaded when it runs. */
  async #load(lane: Lane | undefined): Promise<Opened> {
    const { backend, name, settings } = this.#running;
    const reason = this.#scope.start.setAside[name];
    if (reason !== undefined) {
      this.#counters.setState('failed', reason);
      return { backend: { write: () => ({ status: 'failure', message: reason }) } };
    }
    const { open } = await backend.load();
    return open(settings, this.#tools(lane));
  }

  #tools(lane: Lane | undefined): RecordTools {
    const { name } = this.#running;
    const { config, ports, signals, run, runIdentity } = this.#scope.start;
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
        const { AuditFileSink } = await import('../../audit/file-sink.ts');
        return new AuditFileSink({
          target,
          memory: openBlock(run),
          run: runIdentity.run,
          tree: runTreeSettings(config, runIdentity),
          witnesses: target.witnesses,
          tellsClock: target.clockEvidence,
          onReopen,
          onWarning: this.#scope.onWarning,
          ...this.#scope.auditEvents,
        });
      },
      onReopen,
      onWarning: this.#scope.onWarning,
      onFailed: (reason) => this.#counters.setState('failed', reason),
    };
  }

  #openLane(opened: Opened, lane: Lane | undefined): LaneOpening | Promise<LaneOpening> {
    return 'sink' in opened ? this.#bytes(opened, lane) : { destination: this.#objects(opened, lane), queue: undefined };
  }

  async #bytes({ sink, encoder, concurrency = 1, intervalMillis }: OpenedBytes, lane: Lane | undefined): Promise<LaneOpening> {
    const { backend, name } = this.#running;
    const { memory, slotBytes } = outboxOf(this.#scope.start.outboxes, name, lane)!;
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
      intervalMillis,
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
      marks: new LossMarks(counters, this.#scope.clock, lane && [lane]),
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
      import('../../spool/folders.ts'),
      import('../../spool/spooled-queue.ts'),
      import('../../spool/store.ts'),
    ]);
    const counters = this.#counters;
    const isAudit = lane === 'audit';
    const onChange = () => {
      const { waiting, bytes, oldestUnixMillis } = store;
      counters.setSpool(lane, { records: recordsOf(waiting), bytes, oldestUnixMillis });
    };
    let isOpening = true;
    const store: SpoolStore = await SpoolStore.open({
      directory: serviceFolder(size.directory, String(this.#scope.start.config.resource['service.name'])),
      lane,
      token,
      maxBytes: isAudit ? size.auditMaxBytes : size.maxBytes,
      onFound: (records) => {
        // Batches that an earlier worker of this instance has left were taken by the backend, and are in its account.
        if (!isOpening || this.#scope.start.restarts === 0) counters.add('restored', recordsOf(records));
        counters.take(records);
      },
      onLost: (reason, records, entries) => {
        counters.drop(reason, records);
        if (entries !== undefined) events.onDropped(entries);
      },
      onWarning: this.#scope.onWarning,
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

  #objects({ backend, batchRecords, intervalMillis }: OpenedObjects, lane: Lane | undefined): Destination {
    const counters = this.#counters;
    const queue = new ObjectQueue({
      backend,
      counters,
      batchRecords,
      intervalMillis,
      shares: this.#sharesOf(lane),
      onDelivered: (batch) => {
        this.#onDelivered(batch.calledNanos);
        destination.onDelivered();
      },
      onGivenUp: (batch) => destination.onGivenUp(batch),
      onAnswer: this.#onAnswer,
      admission: this.#circuit(lane),
    });
    const destination = new ObjectDestination(queue, counters, new LossMarks(counters, this.#scope.clock, lane && [lane]));
    return destination;
  }

  /** A queue that also takes audit events keeps room for them. */
  #sharesOf(lane: Lane | undefined): Shares {
    const { config } = this.#scope.start;
    const isShared = lane === undefined && (this.#scope.routes.reachOf('audit', AUDIT_RANK) & (1 << this.#index)) !== 0;
    return new Shares(config.overflowShares, isShared ? AUDIT_RESERVE : 0);
  }

  /** After the death of a worker: batches in an outbox will be delivered, those in a queue of its heap are lost. */
  #closeAccount(queues: readonly LaneOpening['queue'][]): void {
    if (this.#scope.start.restarts === 0) return;
    const waiting = newTally();
    for (const queue of queues) if (queue !== undefined) addTally(waiting, queue.waiting);
    this.#counters.settle(waiting, queues.includes(undefined) ? 'lost' : 'redelivered');
  }
}
