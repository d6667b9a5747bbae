/**
 * A worker's life: wiring, requests of the main thread, and its end. Shared memory may be fresh at its start or hold what an earlier worker has left; it makes
 * no difference here.
 *
 * ```ts
 * const session = await WorkerSession.open(start, port);   // backends are open, rings are known
 * void session.run();                                      // until the main thread says 'close'
 * ```
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { endRecoveredTree } from '../audit/recovered-run.ts';
import { runLinesOf } from '../audit/run-lines.ts';
import type { missingNumbers } from '../audit/run-numbers.ts';
import { runningBackends } from '../config/running.ts';
import type { Tally } from '../health/tally.ts';
import { UnroutedCounters } from '../health/unrouted.ts';
import { WarningCounters } from '../health/warning-counters.ts';
import { type AccountSources, readAccounts } from '../instance/health.ts';
import { ThreadService } from '../instance/thread-service.ts';
import { threadSettingsOf } from '../instance/thread-wire.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../instance/wire.ts';
import { allocatorOf } from '../memory/allocator.ts';
import { openBlock } from '../memory/block.ts';
import { FlushAnswerer } from '../memory/flush.ts';
import { holdsOthers } from '../memory/mapped/run-folder.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { RUN_CLOCK_OFFSET_INDEX } from '../memory/run.ts';
import {
  SIGNAL_LEFT_OUT,
  SIGNAL_OVERFLOWED_SERIES,
  SIGNAL_REPLACED,
  SIGNAL_WORKER_STATE,
  WORKER_RUNNING,
} from '../memory/signals.ts';
import { laneContextOf } from '../read/frames-of-lane.ts';
import { writeExported } from '../recovery/exported-metrics.ts';
import type { RecoveryScope } from '../recovery/report.ts';
import { compileRoutes } from '../router/rules.ts';
import { unroutedWarner } from '../router/unrouted.ts';
import { closeSeriesTable } from '../series/table.ts';
import { readClock, unixMillis } from '../time/clock.ts';
import { repeat } from '../time/real-timers.ts';
import { type OpenBackends, openBackends } from './backends/open-backends.ts';
import { openControl } from './control.ts';
import { Drain } from './drain.ts';
import { Failover } from './failover.ts';
import { FlushRounds } from './flush-rounds.ts';
import { openMetrics, type WorkerMetrics } from './metrics/open-metrics.ts';
import { OwnHistograms } from './metrics/own-histograms.ts';
import { registerOwnMetrics } from './metrics/own-metrics.ts';
import { prefaultRings } from './prefault.ts';
import type { Recovery, RecoveryParts } from './recovery/recovery.ts';
import { RingSources } from './ring-sources.ts';
import { AnchoredClock } from './wall-clock.ts';

/** How often the collector's clock moves, by which the newest of several threads' gauges is found. */
const TICK_MILLIS = 1_000;

/** What the signal holds. */
const MAX_LEFT_OUT = 0x7fff_ffff;

/** The parts that are opened before the session is made. */
interface Opened {
  readonly clock: AnchoredClock;
  readonly own: OwnHistograms;
  readonly routes: ReturnType<typeof compileRoutes>;
  readonly backends: OpenBackends;
  readonly metrics: WorkerMetrics;
}

export class WorkerSession {
  readonly #start: WorkerStart;
  readonly #port: MessagePort;
  readonly #signals: Int32Array;
  readonly #backends: OpenBackends;
  readonly #metrics: WorkerMetrics;
  readonly #sources: RingSources;
  readonly #drain: Drain;
  readonly #threads: ThreadService | undefined;
  readonly #recoveryParts: Pick<RecoveryParts, 'routes' | 'clock' | 'onUnrouted'>;
  #recovery: Recovery | undefined;
  readonly #stopTicks: () => void;
  #closeControl: (() => void) | undefined;
  #isClosing = false;
  /** Times that series tables of ended threads were folded into one. */
  #folds = 0;

  /** Opens every backend, and takes the rings that are known. Does not reject for anything that a backend does. */
  static async open(start: WorkerStart, port: MessagePort): Promise<WorkerSession> {
    const { nanos } = openBlock(start.run);
    const clock = new AnchoredClock(readClock, unixMillis, (offsetNanos) => {
      Atomics.store(nanos, RUN_CLOCK_OFFSET_INDEX, offsetNanos);
    });
    const post = (message: FromWorker) => port.postMessage(message);
    const onWarning = (message: string) => post({ type: 'warning', message });
    const own = new OwnHistograms(allocatorOf(start.allocator), ownTableOf(start));
    const routes = compileRoutes(start.config, unroutedWarner(start.config, onWarning));
    let session: WorkerSession | undefined;
    // Together: each waits for its files, and for the modules of its backends.
    const [backends, metrics] = await Promise.all([
      openBackends(start, routes, clock, own, {
        onWarning,
        onReceipts: (answers) => post({ type: 'receipts', answers }),
      }),
      openMetrics({
        allocator: allocatorOf(start.allocator),
        config: start.config,
        place: start.place,
        isReplaced: () => Atomics.load(openBlock(start.signals).words, SIGNAL_REPLACED) === 1,
        exported: start.exported,
        onExported: (exported) => {
          post({ type: 'exported', exported });
          // For the recovery of this process, if it is killed.
          if (start.allocator.in === 'mapped') writeExported(start.allocator.folder, exported);
        },
        countersOf: (index, name) =>
          new WarningCounters(openBlock(start.counters).memory, start.backendNames.length + index, name, onWarning),
        // A request over the network: before there is a session there are no producers.
        health: () => accountsOf(start, session === undefined ? [] : session.#sources.producers),
        onWarning,
      }),
    ]);
    session = new WorkerSession(start, port, { clock, own, routes, backends, metrics });
    return session;
  }

  private constructor(start: WorkerStart, port: MessagePort, { clock, own, routes, backends, metrics }: Opened) {
    this.#start = start;
    this.#port = port;
    this.#signals = openBlock(start.signals).words;
    this.#backends = backends;
    this.#metrics = metrics;
    const { config } = start;
    const unrouted = new UnroutedCounters(openBlock(start.counters).memory);
    const onUnrouted = (records: Tally) => unrouted.add(records);
    this.#sources = new RingSources({ config, signals: this.#signals, run: openBlock(start.run), routes, clock, onUnrouted });
    const flushes = new FlushAnswerer(this.#signals, config.exitTimeoutMillis);
    this.#drain = new Drain({
      signals: this.#signals,
      flushes,
      clock,
      destinations: backends.destinations,
      failover: Failover.of(runningBackends(config), backends.counters),
      batchSize: config.batchSize,
      flushIntervalMillis: config.flushIntervalMillis,
      onDelay: own.drainDelay,
      onFlushAsked: () => void rounds.run(),
      onFinished: ({ producer, lane }) => {
        this.#sources.finish(producer, lane);
        this.#post({ type: 'finished', producer, lane });
      },
    });
    registerOwnMetrics(
      metrics.collector,
      start,
      (lane) => this.#sources.ringsOf(lane),
      () => this.#recovery?.reports ?? [],
    );
    const rounds = new FlushRounds({
      flushes,
      drain: this.#drain,
      backends,
      metrics,
      takeAnnounced: () => this.#takeAnnounced(),
      onAnswered: () => this.#shareLosses(),
    });
    this.#addSeries(own);
    this.#stopTicks = repeat(() => this.#tick(), TICK_MILLIS);
    port.on('message', (message: ToWorker) => this.#handle(message));
    for (const memory of start.producers) this.#adopt(memory);
    this.#threads = start.serveThreads ? this.#serveThreads() : undefined;
    this.#recoveryParts = { routes, clock, onUnrouted };
  }

  /** Drains until the session is closed. */
  async run(): Promise<void> {
    Atomics.store(this.#signals, SIGNAL_WORKER_STATE, WORKER_RUNNING);
    const drained = this.#drain.run();
    this.#post({ type: 'ready' });
    // Behind it: some milliseconds of page faults, which callers would meet one by one.
    for (const memory of this.#sources.producers) prefaultRings(memory);
    void this.#recover();
    await this.#openControl();
    await drained;
  }

  async #openControl(): Promise<void> {
    const close = await openControl({
      start: this.#start,
      producers: () => this.#sources.producers,
      snapshot: () => this.#metrics.snapshot(),
      encoderOf: (source) => runLinesOf(this.#start.runIdentity)(source, laneContextOf(source)),
      onlook: (onlooker) => {
        this.#drain.onlooker = onlooker;
      },
      onWarning: (message) => this.#post({ type: 'warning', message }),
    });
    if (this.#isClosing) close?.();
    else this.#closeControl = close;
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message);
  }

  #handle(message: ToWorker): void {
    switch (message.type) {
      case 'producer':
        this.#adoptLater(message.memory);
        break;
      case 'series':
        this.#metrics.addBlock(message.producer, message.block);
        break;
      case 'receipts':
        this.#backends.askForReceipts(message.requests);
        break;
      case 'reopen':
        for (const destination of this.#backends.destinations) destination.reopen?.();
        break;
      case 'snapshot':
        this.#post({ type: 'snapshot', id: message.id, snapshot: this.#metrics.snapshot() });
        break;
      case 'recovery-noted':
        this.#recovery?.note(message.folder);
        break;
      case 'close':
        void this.#close(message.timeoutMillis);
    }
  }

  /** False: it is known already. */
  #adopt(memory: ProducerMemory): boolean {
    const sources = this.#sources.adopt(memory);
    if (sources === undefined) return false;
    for (const source of sources) this.#drain.sources.add(source);
    for (const block of memory.series) this.#metrics.addBlock(memory.id, block);
    return true;
  }

  /** A producer that has come when the worker was ready. */
  #adoptLater(memory: ProducerMemory): void {
    if (this.#adopt(memory)) prefaultRings(memory);
  }

  /** Rings that were announced before a flush belong to it: they are taken now, before the event loop delivers their messages. */
  #takeAnnounced(): void {
    this.#threads?.receiveNow();
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port))
      this.#handle(next.message as ToWorker);
  }

  /** Threads of the application announce themselves here; the main thread keeps the announcements for a successor. */
  #serveThreads(): ThreadService {
    return new ThreadService(threadSettingsOf(this.#start.config, this.#start), {
      onProducer: (memory) => {
        this.#adoptLater(memory);
        this.#post({ type: 'producer', memory });
      },
      onSeries: (producer, block) => {
        this.#metrics.addBlock(producer, block);
        this.#post({ type: 'series', producer, block });
      },
      onWarning: (message) => this.#post({ type: 'warning', message }),
    });
  }

  /** Tables of threads that have ended, of earlier workers, and this worker's own. */
  #addSeries(own: OwnHistograms): void {
    for (const [id, blocks] of Object.entries(this.#start.foldedSeries)) {
      closeSeriesTable(openBlock(blocks[0]).memory); // the table of an earlier worker is still open
      for (const block of blocks) this.#metrics.addBlock(id, block);
    }
    own.announce((blocks) => {
      const id = ownTableOf(this.#start);
      for (const block of blocks) this.#metrics.addBlock(id, block);
      this.#post({ type: 'folded', id, blocks, replaces: [] });
    });
  }

  #tick(): void {
    this.#metrics.collector.tick();
    this.#shareLosses();
    const id = `folded-${this.#start.restarts}-${this.#folds}`;
    const folded = this.#metrics.retain(id);
    if (folded === undefined) return;
    this.#folds++;
    this.#post({ type: 'folded', id, ...folded });
  }

  /** Copies the collector's own counts to shared memory, for `health()` on the main thread. */
  #shareLosses(): void {
    const { collector } = this.#metrics;
    Atomics.store(this.#signals, SIGNAL_OVERFLOWED_SERIES, collector.losses.overflowedSeries);
    Atomics.store(this.#signals, SIGNAL_LEFT_OUT, Math.min(collector.leftOut, MAX_LEFT_OUT));
  }

  /** Its code is loaded when records flow already. */
  async #recover(): Promise<void> {
    const { recovery: scope, allocator } = this.#start;
    if (scope === undefined) return;
    // Mostly there is none, and the code that reads one is a third of the worker's.
    if (!holdsOthers(scope.directory, allocator.in === 'mapped' ? allocator.folder : undefined))
      return this.#post({ type: 'recovery-over' });
    const [{ Recovery }, { missingNumbers }, { endRecoveredTree }] = await Promise.all([
      import('./recovery/recovery.ts'),
      import('../audit/run-numbers.ts'),
      import('../audit/recovered-run.ts'),
    ]);
    if (!this.#isClosing) {
      this.#recovery = new Recovery(this.#recoveryOf(scope, missingNumbers, endRecoveredTree));
      await this.#recovery.run();
    }
    this.#post({ type: 'recovery-over' });
  }

  #recoveryOf(scope: RecoveryScope, missing: typeof missingNumbers, endTree: typeof endRecoveredTree): RecoveryParts {
    return {
      scope,
      config: this.#start.config,
      ...this.#recoveryParts,
      sources: this.#drain.sources,
      destinationOf: (backend) => this.#backends.destinations[this.#start.backendNames.indexOf(backend)],
      flush: (timeoutMillis) => this.#backends.flush(timeoutMillis),
      exportSeries: (run) => this.#metrics.exportLastValues(run),
      countersOf: (backend) => this.#backends.counters[this.#start.backendNames.indexOf(backend)],
      missingNumbers: async ({ block, runName }, range) => {
        const { audit } = this.#start.config.backends;
        return audit.enabled && block !== undefined
          ? missing(audit, [block, openBlock(this.#start.run)], runName, range)
          : undefined;
      },
      endTree: (run) => endTree(this.#start.config, run, (message) => this.#post({ type: 'warning', message })),
      report: (report) => this.#post({ type: 'recovery', report }),
    };
  }

  async #close(timeoutMillis: number): Promise<void> {
    this.#recovery?.stop();
    this.#isClosing = true;
    this.#closeControl?.();
    this.#drain.drainAll();
    this.#drain.stop();
    this.#stopTicks();
    const [records, numbers] = await Promise.all([this.#backends.close(timeoutMillis), this.#metrics.close(timeoutMillis)]);
    this.#shareLosses();
    this.#threads?.close();
    this.#post({ type: 'closed', complete: records && numbers });
    this.#port.close();
  }
}

/** The id of a worker's own series table. */
function ownTableOf({ restarts }: WorkerStart): string {
  return `worker-${restarts}`;
}

function accountsOf(start: WorkerStart, producers: AccountSources['producers']): ReturnType<typeof readAccounts> {
  return readAccounts({ memory: start, producers, foldedSeries: Object.values(start.foldedSeries) });
}
