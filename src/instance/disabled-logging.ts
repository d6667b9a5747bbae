/**
 * An instance while OpenTelemetry is switched off (`OTEL_SDK_DISABLED=true`, specification: "a no-op SDK implementation will be used for all
 * telemetry signals"): it has the same doors, and nothing behind them. No worker, no file, no port, no handler of exits.
 */
import { createRequire } from 'node:module';
import type { LoggerProvider, MeterProvider } from '@opentelemetry/api';
import type { FlushReport, Health, HFTLogger, Logging } from '../caller/api.ts';
import { makeSilentProducer, type Producer } from '../caller/producer.ts';
import { componentScope } from '../caller/scopes.ts';
import type { LogRecordData } from '../contract/backend.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import { rememberProducer } from '../intake/internals.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { unixMillis } from '../time/clock.ts';
import { readHealth } from './health.ts';
import type { InstanceMemory } from './memory.ts';
import type { ThreadSettings } from './thread-wire.ts';

/** Loaded when it is asked for: see docs/decisions/start-up.md. */
const api = () => createRequire(import.meta.url)('@opentelemetry/api') as typeof import('@opentelemetry/api');

const NOTHING_DONE: FlushReport = { complete: true, pending: 0, elapsedMillis: 0 };

export class DisabledLogging implements Logging {
  readonly loggerProvider: LoggerProvider = { getLogger: () => api().createNoopLogger() };
  readonly meterProvider: MeterProvider = { getMeter: () => api().createNoopMeter() };
  readonly ready = Promise.resolve();
  readonly memory: readonly LogRecordData[] = [];
  readonly producer: Producer = makeSilentProducer();
  readonly producerSeries: readonly ProducerMemory[] = [];
  readonly auditCount = undefined;
  /** Other threads see for themselves that they are switched off. */
  readonly threadSettings: ThreadSettings | undefined = undefined;
  readonly #logger = this.producer.logger(componentScope('disabled'));
  readonly #warnings: readonly string[];

  constructor(warnings: readonly string[]) {
    this.#warnings = warnings;
    rememberProducer(this, () => this.producer);
  }

  getLogger(): HFTLogger {
    return this.#logger;
  }

  getExchangeLogger(): HFTLogger {
    return this.#logger;
  }

  getStrategyLogger(): HFTLogger {
    return this.#logger;
  }

  async giveWay(): Promise<void> {}

  expectFrom(): void {}

  /** Switched off by a second configuration: what threads write until they hear of it is left where it is. */
  takeOver(): void {}

  takeSeries(): void {}

  async flush(): Promise<FlushReport> {
    return NOTHING_DONE;
  }

  async shutdown(): Promise<FlushReport> {
    return NOTHING_DONE;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  health(): Health {
    const { signals } = this.producer;
    const memory: InstanceMemory = {
      signals: signals.buffer as SharedArrayBuffer,
      auditCount: signals.buffer as SharedArrayBuffer,
      counters: new SharedArrayBuffer(0),
      outboxes: {},
      backendNames: [],
      metricBackends: [],
    };
    const worker = { state: 'stopped', restarts: 0, lastError: undefined } as const;
    return readHealth({ memory, producers: [], foldedSeries: [], worker, warnings: this.#warnings });
  }

  async metricsSnapshot(): Promise<MetricsSnapshot> {
    return { timeUnixMillis: unixMillis(), metrics: [], percentiles: [] };
  }

  setLevel(): void {}

  explain(): string {
    return 'OTEL_SDK_DISABLED is true: nothing is recorded.';
  }
}
