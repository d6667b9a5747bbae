/**
 * An instance: the only file that knows both rooms. It checks the configuration, allocates the memory, starts the worker, and puts together what hands out
 * loggers, keeps the worker running, delivers and tells how all of it is.
 */
import { isMainThread } from 'node:worker_threads';
import type { LoggerProvider } from '@opentelemetry/api';
import { claimAuditNumbers } from './audit/numbers.ts';
import { writeAuditThrough } from './audit/write-through.ts';
import type { FlushReport, Health, HFTLogger, Logging } from './caller/api.ts';
import { LevelBoard } from './caller/level-board.ts';
import { makeProducer, type Producer } from './caller/producer.ts';
import { compileRedaction } from './caller/redaction.ts';
import { componentScope, exchangeScope, strategyScope } from './caller/scopes.ts';
import { type Resolution, resolveConfig } from './config/resolve.ts';
import type { ResolvedConfig } from './config/resolved.ts';
import type { LoggingConfig } from './config/types.ts';
import type { LogRecordData } from './contract/backend.ts';
import { HftError } from './errors.ts';
import type { MetricsSnapshot } from './health/metrics-snapshot.ts';
import { Delivery } from './instance/delivery.ts';
import { warn } from './instance/diagnostics.ts';
import { DisabledLogging } from './instance/disabled-logging.ts';
import { watchThreads } from './instance/ended-threads.ts';
import { type EndsWithProcess, registerForExit, unregisterForExit } from './instance/exits.ts';
import { readHealth } from './instance/health.ts';
import { allocateMemory, type InstanceMemory } from './instance/memory.ts';
import { ProducerRegistry } from './instance/producer-registry.ts';
import { RecordHosts } from './instance/record-hosts.ts';
import { SnapshotRequests } from './instance/snapshot-requests.ts';
import { ThreadService } from './instance/thread-service.ts';
import { type ThreadSettings, threadSettingsOf } from './instance/thread-wire.ts';
import type { FromWorker, WorkerStart } from './instance/wire.ts';
import { WorkerHost } from './instance/worker-host.ts';
import { rememberProducer } from './intake/internals.ts';
import type { ProducerMemory } from './memory/producer-memory.ts';
import { identityOf } from './memory/signals.ts';
import { RingLoggerProvider } from './otel/logger-provider.ts';
import { RingMeterProvider } from './otel/meter-provider.ts';
import { LEVELS, type Level } from './record.ts';
import { explainRoute } from './router/explain.ts';
import type { DeltaBaseline } from './series/baseline.ts';

/**
 * Makes an instance of one's own, for injection and tests. Only its own loggers and providers write into it, and it has a worker of its own; environment
 * variables hold for it as for the default instance. Throws ConfigError with every problem of the configuration, before anything is allocated.
 */
export function createLogging<Own extends string = never>(config: LoggingConfig<Own> = {}): Logging {
  return makeInstance(resolveConfig(config, process.env), []);
}

/**
 * `adopted`: rings that were written before there was a configuration. `serveThreads`: other threads log into this instance. `before`: of the one whose place it
 * takes.
 */
export function makeInstance(
  resolution: Resolution,
  adopted: readonly ProducerMemory[],
  serveThreads = false,
  before?: AuditCount,
): LoggingInstance | DisabledLogging {
  const { disabled, warnings } = resolution.config;
  return disabled ? new DisabledLogging(warnings) : new LoggingInstance(resolution, adopted, serveThreads, before);
}

/** Where the audit events of an id are counted. */
interface AuditCount {
  readonly instanceId: string;
  readonly memory: SharedArrayBuffer;
}

/** Who takes an instance's place. */
type Heir = Pick<LoggingInstance, 'takeOver' | 'takeSeries'>;

export class LoggingInstance implements Logging, EndsWithProcess {
  /** Private, as all that a printed instance should not show: it holds header values. */
  readonly #config: ResolvedConfig;
  readonly loggerProvider: LoggerProvider;
  readonly meterProvider: RingMeterProvider;
  readonly ready: Promise<void>;
  readonly #producer: Producer;
  readonly #memory: InstanceMemory;
  readonly #levels: LevelBoard;
  readonly #host: WorkerHost;
  readonly #hosts: RecordHosts;
  readonly #signals: Int32Array;
  readonly #producers: ProducerRegistry;
  readonly #delivery: Delivery;
  /** With delta temporality: what the worker has exported; see series/baseline.ts. */
  #exported: DeltaBaseline | undefined;
  readonly #troubles: string[] = [];
  #successor: Heir | undefined;
  readonly #snapshots = new SnapshotRequests();
  #becomeReady: () => void = () => {};
  #giveUp: (error: HftError) => void = () => {};

  constructor(
    { config, bridgeTarget, ignored }: Resolution,
    adopted: readonly ProducerMemory[],
    serveThreads: boolean,
    before?: AuditCount,
  ) {
    this.#config = config;
    this.#memory = allocateMemory(config, before?.instanceId === config.instanceId ? before.memory : undefined);
    this.#signals = new Int32Array(this.#memory.signals);
    for (const { audit } of adopted) claimAuditNumbers(audit.ring, new Int32Array(this.#memory.auditCount));
    this.#levels = new LevelBoard(this.#memory.signals, config);
    this.#producer = makeProducer({
      settings: {
        ringBytes: config.ringBytes,
        shares: config.overflowShares,
        batchSize: config.batchSize,
        disabled: config.disabled,
        metrics: config.metrics,
        cardinalityLimit: config.cardinalityLimit,
      },
      signals: this.#memory.signals,
      auditCount: this.#memory.auditCount,
      levels: this.#levels,
      redaction: compileRedaction(config.redact),
      writeThrough: (refused) => writeAuditThrough(this.threadSettings, refused),
      onMetricProblem: (problem) => this.#note(problem.message),
      onSeries: (producer, block) => this.takeSeries(producer, block),
    });
    this.#producers = new ProducerRegistry(identityOf(this.#signals), this.producer.memory, adopted);
    this.#hosts = new RecordHosts(config, bridgeTarget);
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#giveUp = reject;
    });
    // Who does not wait for it is told by a warning, and is not to die of it.
    this.ready.catch(() => {});
    this.#host = new WorkerHost({
      signals: this.#signals,
      start: (restarts) => this.#workerStart(restarts, serveThreads),
      onMessage: (message) => this.#hear(message),
      onHopeless: (cause) => {
        const error = new HftError('HFT_WORKER_START', `The worker does not start: ${cause}.`);
        this.#note(error.message);
        this.#giveUp(error);
      },
    });
    for (const warning of ignored) warn(warning, config.diagnosticLevel);
    this.loggerProvider = new RingLoggerProvider(() => this.producer);
    this.meterProvider = new RingMeterProvider(this.producer.meter);
    const threads = serveThreads ? this.#threadService() : undefined;
    const unwatchThreads = threads === undefined ? () => {} : this.#watchThreads(threads);
    this.#delivery = new Delivery({
      config,
      memory: this.#memory,
      producer: this.#producer,
      producers: this.#producers,
      observables: this.meterProvider,
      threads,
      worker: this.#host,
      hosts: this.#hosts,
      health: () => this.health(),
      onEnded: () => {
        unwatchThreads();
        unregisterForExit(this);
      },
    });
    rememberProducer(this, () => this.producer);
    if (config.handleExits && isMainThread) registerForExit(this);
  }

  /** What other threads need to log into this instance. */
  get threadSettings(): ThreadSettings {
    return threadSettingsOf(this.#config, this.#memory);
  }

  get auditCount(): AuditCount {
    return { instanceId: this.#config.instanceId, memory: this.#memory.auditCount };
  }

  get producer(): Producer {
    return this.#producer;
  }

  /** Metrics of this instance's threads, for the one that takes its place. */
  get producerSeries(): readonly ProducerMemory[] {
    return this.#producers.seriesOnly;
  }

  get memory(): readonly LogRecordData[] {
    return this.#hosts.kept;
  }

  getLogger(component: string): HFTLogger {
    return this.producer.logger(componentScope(component));
  }

  getExchangeLogger(exchange: string, component: string): HFTLogger {
    return this.producer.logger(exchangeScope(exchange, component));
  }

  getStrategyLogger(path: string, tags: readonly string[]): HFTLogger {
    return this.producer.logger(strategyScope(path, tags));
  }

  async flush({ timeoutMillis }: { timeoutMillis?: number } = {}): Promise<FlushReport> {
    return this.#delivery.flush(timeoutMillis);
  }

  shutdown({ timeoutMillis }: { timeoutMillis?: number } = {}): Promise<FlushReport> {
    return this.#delivery.shutdown(timeoutMillis);
  }

  /** Ends because `successor` has been configured in its place. */
  giveWay(successor: Heir): Promise<void> {
    this.#successor = successor;
    return this.#delivery.giveWay(successor);
  }

  /** `predecessor`: settles when it has passed on what it leaves. */
  expectFrom(predecessor: Promise<void>): void {
    this.#delivery.expectFrom(predecessor);
  }

  /** A producer of another thread, for the worker; of this instance's own time, or passed on by the one before it. */
  takeOver(memory: ProducerMemory): void {
    if (this.#delivery.hasPassedOn) this.#successor?.takeOver(memory);
    else if (this.#producers.adopt(memory)) this.#host.post({ type: 'producer', memory });
  }

  /** A table of series has grown, by a handle that was bound before this instance was configured or replaced, or since. */
  takeSeries(producer: string, block: SharedArrayBuffer): void {
    if (this.#successor !== undefined) return this.#successor.takeSeries(producer, block);
    this.#producers.addSeries(producer, block);
    this.#host.post({ type: 'series', producer, block });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  health(): Health {
    return readHealth({
      memory: this.#memory,
      producers: this.#producers.all,
      foldedSeries: Object.values(this.#producers.foldedSeries),
      worker: this.#host,
      warnings: [...this.#config.warnings, ...this.#troubles],
    });
  }

  metricsSnapshot(): Promise<MetricsSnapshot> {
    this.meterProvider.observeSync();
    return this.#snapshots.ask(
      (id) => this.#host.post({ type: 'snapshot', id }),
      () => this.#host.state,
    );
  }

  setLevel(pattern: string, level: Level): void {
    if (!LEVELS.includes(level))
      throw new RangeError(`setLevel: "${String(level)}" is no level; use one of ${LEVELS.join(', ')}.`);
    if (typeof pattern !== 'string' || pattern === '')
      throw new RangeError('setLevel: the pattern must be a logger’s name, where * stands for any characters ("exchange.*").');
    if (!this.#levels.setLevel(pattern, level))
      throw new RangeError('setLevel: there are too many level patterns; use wider ones.');
  }

  explain(record: { level?: Level; logger?: string; tags?: readonly string[]; type?: 'logs' | 'audit' }): string {
    return explainRoute(this.#config, record);
  }

  drainSync(isLast: boolean): void {
    this.#delivery.drainSync(isLast);
  }

  reopen(): void {
    this.#host.post({ type: 'reopen' });
  }

  #threadService(): ThreadService {
    return new ThreadService(this.threadSettings, {
      onProducer: (memory) => this.takeOver(memory),
      onSeries: (producer, block) => this.takeSeries(producer, block),
      onEnded: (threadId) => this.#producers.endThread(threadId),
      onTrouble: (message) => this.#note(message),
    });
  }

  /** Returns what stops it. */
  #watchThreads(threads: ThreadService): () => void {
    return watchThreads((threadId) => {
      threads.hearNow();
      this.#producers.endThread(threadId);
    });
  }

  #workerStart(restarts: number, serveThreads: boolean): WorkerStart {
    return {
      config: this.#config,
      ...this.#memory,
      producers: this.#producers.all,
      foldedSeries: this.#producers.foldedSeries,
      exported: this.#exported,
      ...this.#hosts.openPorts(),
      restarts,
      serveThreads,
    };
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#becomeReady();
        break;
      case 'producer':
        this.#producers.adopt(message.memory);
        break;
      case 'series':
        this.#producers.addSeries(message.producer, message.block);
        break;
      case 'finished':
        this.#producers.finish(message.producer, message.lane);
        break;
      case 'folded':
        this.#producers.fold(message.id, message.blocks, message.replaces);
        break;
      case 'exported':
        this.#exported = message.exported;
        break;
      case 'snapshot':
        this.#snapshots.answer(message.id, message.snapshot);
        break;
      case 'trouble':
        this.#note(message.message);
        break;
      case 'closed':
        this.#delivery.hearClosed(message.complete);
    }
  }

  #note(trouble: string): void {
    if (this.#troubles.length >= MAX_TROUBLES || this.#troubles.includes(trouble)) return;
    this.#troubles.push(trouble);
    warn(trouble, this.#config.diagnosticLevel);
  }
}

const MAX_TROUBLES = 32;
