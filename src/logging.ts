/**
 * The public interface of an instance, over the parts that instance/wiring.ts puts together.
 */
import type { LoggerProvider } from '@opentelemetry/api';
import { rescueAudit } from './audit/rescue.ts';
import type { FlushReport, Health, HFTLogger, KeptRecords, Logging } from './caller/api.ts';
import { makeSilentProducer, type Producer } from './caller/producer.ts';
import { componentScope, exchangeScope, strategyScope } from './caller/scopes.ts';
import { INSPECT } from './common/inspect.ts';
import { untakenAdvice } from './config/levels-taken.ts';
import { type Resolution, resolveConfig } from './config/resolve.ts';
import type { LoggingConfig } from './config/types.ts';
import type { MetricsSnapshot } from './health/metrics-snapshot.ts';
import { DisabledLogging } from './instance/disabled-logging.ts';
import { lossText } from './instance/ending/loss-report.ts';
import type { Handover } from './instance/handover.ts';
import type { RunBefore } from './instance/memory.ts';
import type { ThreadSettings } from './instance/thread-wire.ts';
import { refuseUnfitHost } from './instance/unfit-host.ts';
import { type InstanceParts, type WiringOptions, wireInstance } from './instance/wiring.ts';
import { rememberProducer } from './intake/internals.ts';
import { RingLoggerProvider } from './otel/logger-provider.ts';
import { type Level, type LevelName, readLevel } from './record.ts';
import { explainRoute } from './router/explain.ts';
import { monotonicMillis } from './time/clock.ts';
import { Deadline } from './time/deadline.ts';
import { openDeliveryAtExit } from './worker/at-exit.ts';

/**
 * Makes an instance of one's own, for injection and tests. Only its own loggers and providers write into it, and it has a worker of its own; environment
 * variables hold for it as for the default instance. Throws ConfigError with every problem of the configuration, before anything is allocated.
 */
export function createLogging<Own extends string = never>(config: LoggingConfig<Own> = {}): Logging {
  return openInstance(resolveConfig(config, process.env)).logging;
}

/** An instance, with the further methods that the process's default instance needs. */
export interface OpenInstance {
  readonly logging: Logging;
  readonly producer: Producer;
  /** Undefined while OpenTelemetry is switched off: there are no rings to hand over. */
  readonly seat: Seat | undefined;
}

/** An instance that another one may replace. */
export interface Seat {
  readonly handover: Handover;
  /** The settings that other threads need to log into it. */
  readonly settings: ThreadSettings;
  /** Its run, which goes on if the next instance has the same id. */
  readonly before: RunBefore;
  /** Ends it; `successor` undefined: the one in its place is switched off. */
  handOver(successor: Handover | undefined): Promise<void>;
}

export function openInstance(resolution: Resolution, options: WiringOptions = {}): OpenInstance {
  const { config } = resolution;
  if (config.disabled) {
    const producer = makeSilentProducer();
    const logging = new DisabledLogging(producer, config.warnings);
    rememberProducer(logging, () => producer);
    return { logging, producer, seat: undefined };
  }
  refuseUnfitHost();
  const parts = wireInstance(resolution, openDeliveryAtExit, options);
  const { producer, handover, settings, threads, shutdown, memory, flushes } = parts;
  const logging = new LoggingInstance(parts);
  rememberProducer(logging, () => producer);
  return {
    logging,
    producer,
    seat: {
      handover,
      settings,
      before: memory,
      handOver: async (successor) => {
        await handover.handOver(successor, threads, () => shutdown.run(config.exitTimeoutMillis));
        // Rings were passed on. What backends had taken and not delivered ends with this worker.
        const lost = successor === undefined ? flushes.undelivered : flushes.undeliveredByBackends;
        warnOfLoss(parts, lost, 'the end of a configuration that another one has replaced');
      },
    },
  };
}

/** Where no caller gets the report of a shutdown. */
function warnOfLoss({ config, health, warnings }: InstanceParts, lost: number, end: string): void {
  if (lost > 0) warnings.note(lossText(lost, health(), config.exitTimeoutMillis, { name: end, hasWaited: true }));
}

class LoggingInstance implements Logging {
  /** Private, as all that a printed instance should not show: the configuration holds header values. */
  readonly #parts: InstanceParts;
  readonly loggerProvider: LoggerProvider;

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    this.loggerProvider = new RingLoggerProvider(() => parts.producer);
  }

  [INSPECT](): string {
    return this.toJSON();
  }

  toJSON(): string {
    return `[Logging ${String(this.#parts.config.resource['service.name'])}]`;
  }

  get meterProvider(): InstanceParts['meterProvider'] {
    return this.#parts.meterProvider;
  }

  get ready(): Promise<void> {
    this.#parts.worker.holdProcess();
    return this.#parts.ready;
  }

  get recovered(): Promise<void> {
    return this.#parts.recoveries.over;
  }

  get memory(): KeptRecords {
    return this.#parts.hosts.kept;
  }

  getLogger(component: string): HFTLogger {
    return this.#parts.producer.logger(componentScope(component));
  }

  getExchangeLogger(exchange: string, component: string): HFTLogger {
    return this.#parts.producer.logger(exchangeScope(exchange, component));
  }

  getStrategyLogger(path: string, tags: readonly string[]): HFTLogger {
    return this.#parts.producer.logger(strategyScope(path, tags));
  }

  async flush({ timeoutMillis = this.#usualMillis }: { timeoutMillis?: number } = {}): Promise<FlushReport> {
    const { config, memory, producers, worker, flushes, shutdown } = this.#parts;
    if (shutdown.report !== undefined) return shutdown.report;
    const startedMillis = monotonicMillis();
    flushes.gather();
    const isComplete = await flushes.flush(Deadline.in(timeoutMillis));
    // There is no worker to do it, and none will start.
    if (!isComplete && worker.isAbsent) rescueAudit(config, memory, producers.all, false);
    return flushes.report(isComplete, startedMillis);
  }

  async shutdown({ timeoutMillis = this.#usualMillis }: { timeoutMillis?: number } = {}): Promise<FlushReport> {
    return this.#parts.shutdown.run(timeoutMillis);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
    warnOfLoss(this.#parts, this.#parts.flushes.undelivered, 'the end of an instance');
  }

  health(): Health {
    return this.#parts.health();
  }

  metricsSnapshot(): Promise<MetricsSnapshot> {
    const { meterProvider, snapshots, worker, shutdown } = this.#parts;
    meterProvider.observeSync();
    return snapshots.ask((id) => worker.post({ type: 'snapshot', id }), worker, shutdown.isOver);
  }

  setLevel(pattern: string, level: LevelName): void {
    const { producer, config, warnings } = this.#parts;
    producer.levels.change(pattern, level);
    const advice = untakenAdvice(config, `setLevel("${pattern}", "${level}")`, pattern, readLevel(level)!);
    if (advice !== undefined) warnings.note(advice);
  }

  explain(record: { level?: Level; logger?: string; tags?: readonly string[]; type?: 'logs' | 'audit' }): string {
    return explainRoute(this.#parts.config, record);
  }

  get #usualMillis(): number {
    return this.#parts.config.exitTimeoutMillis;
  }
}
