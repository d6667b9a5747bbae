/**
 * An instance while OpenTelemetry is switched off (`OTEL_SDK_DISABLED=true`, specification: "a no-op SDK implementation will be used for all
 * telemetry signals"): it has the same methods, and they do nothing. No worker, no file, no port, no handler of exits.
 */
import { createRequire } from 'node:module';
import type { LoggerProvider, MeterProvider } from '@opentelemetry/api';
import type { FlushReport, Health, HFTLogger, Logging } from '../caller/api.ts';
import type { Producer } from '../caller/producer.ts';
import { componentScope } from '../caller/scopes.ts';
import { INSPECT } from '../common/inspect.ts';
import { ownFile } from '../common/own-file.ts';

import { COUNTERS_FORMAT, countersBytes } from '../health/counters.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import { allocatorOf, SHARED_MEMORY } from '../memory/allocator.ts';
import { allocateRun } from '../memory/run.ts';
import { allocateSignals } from '../memory/signals.ts';
import { unixMillis } from '../time/clock.ts';
import { readHealth } from './health.ts';
import type { InstanceMemory } from './memory.ts';
import { keptRecords } from './record-hosts.ts';

/** Loaded when it is asked for: see docs/decisions/start-up.md. */
const api = () => createRequire(ownFile() ?? process.argv[1])('@opentelemetry/api') as typeof import('@opentelemetry/api');

const NOTHING_RECOVERED = {
  runs: 0,
  logs: 0,
  audit: 0,
  blackBox: 0,
  encoded: 0,
  unrouted: 0,
  undeliverable: 0,
  waiting: 0,
  damaged: 0,
};

const NOTHING_DONE: FlushReport = { complete: true, pending: 0, elapsedMillis: 0 };

export class DisabledLogging implements Logging {
  readonly loggerProvider: LoggerProvider = { getLogger: () => api().createNoopLogger() };
  readonly meterProvider: MeterProvider = { getMeter: () => api().createNoopMeter() };
  readonly ready = Promise.resolve();
  readonly memory = keptRecords([], () => {});
  readonly #logger: HFTLogger;
  readonly #warnings: readonly string[];

  /** `producer`: one that is silent. */
  constructor(producer: Producer, warnings: readonly string[]) {
    this.#logger = producer.logger(componentScope('disabled'));
    this.#warnings = warnings;
  }

  [INSPECT](): string {
    return this.toJSON();
  }

  toJSON(): string {
    return '[Logging disabled]';
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

  get recovered(): Promise<void> {
    return Promise.resolve();
  }

  async flush(): Promise<FlushReport> {
    return NOTHING_DONE;
  }

  async shutdown(): Promise<FlushReport> {
    return NOTHING_DONE;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  health(): Health {
    const allocator = allocatorOf(SHARED_MEMORY);
    const memory: InstanceMemory = {
      allocator: SHARED_MEMORY,
      signals: allocateSignals().descriptor,
      run: allocateRun(allocator, '').descriptor,
      runIdentity: { instanceId: '', start: '', run: '', trail: '' },
      place: { name: '', generation: 0 },
      counters: allocator.allocate({ kind: 'counters', format: COUNTERS_FORMAT, bytes: countersBytes(0) }).descriptor,
      outboxes: [],
      backendNames: [],
      metricBackends: [],
    };
    const worker = { state: 'stopped', restarts: 0, lastError: undefined } as const;
    return readHealth({
      memory,
      producers: [],
      foldedSeries: [],
      worker,
      recovered: NOTHING_RECOVERED,
      warnings: this.#warnings,
    });
  }

  async metricsSnapshot(): Promise<MetricsSnapshot> {
    return { timeUnixMillis: unixMillis(), metrics: [], percentiles: [] };
  }

  setLevel(): void {}

  explain(): string {
    return 'OTEL_SDK_DISABLED is true: nothing is recorded.';
  }
}
