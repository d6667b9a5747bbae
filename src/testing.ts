/**
 * `hft-otel/testing`: an instance whose records a test reads back at once. Everything up to the ring is the real thing: levels, contexts, redaction,
 * encoding of values; there is no worker, no file and no network. Times of records, and timers, follow the fake clock of a test runner while there is one.
 *
 * ```ts
 * const logging = createTestLogging();
 * const gateway = new Gateway(logging.getExchangeLogger('mexc', 'private.rest'));
 * gateway.place(order);
 * expect(logging.records()).toMatchObject([{ level: 'info', body: 'order placed', attributes: { symbol: 'BTCUSDT' } }]);
 * expect(logging.counter('orders_placed_total', { exchange: 'mexc' })).toBe(1);
 * ```
 */
import type { LoggerProvider, MeterProvider } from '@opentelemetry/api';
import type { HFTLogger, Logging } from './caller/api.ts';
import type { Producer } from './caller/producer.ts';
import { componentScope, exchangeScope, strategyScope } from './caller/scopes.ts';
import { decodeFrame } from './codec/decode.ts';
import { resolveConfig } from './config/resolve.ts';
import type { LoggingConfig } from './config/types.ts';
import type { LogRecordData } from './contract/backend.ts';
import { openProducer } from './instance/open-producer.ts';
import { rememberFlush } from './intake/internals.ts';
import { allocatorOf, SHARED_MEMORY } from './memory/allocator.ts';
import { openBlock } from './memory/block.ts';
import { allocateRun } from './memory/run.ts';
import { allocateSignals } from './memory/signals.ts';
import { RingLoggerProvider } from './otel/logger-provider.ts';
import { RingMeterProvider } from './otel/meter-provider.ts';
import { LaneSource, ONE_DESTINATION } from './read/lane-source.ts';
import type { Lane, LevelName, Tags } from './record.ts';
import { SeriesCollector } from './series/collect.ts';
import { readFollowedClock } from './time/followed-clock.ts';

export type { LogRecordData } from './contract/backend.ts';
export { type BackendUnderTest, backendContract } from './testing/backend-contract.ts';

/** One histogram's numbers. */
export interface DistributionNumbers {
  /** Recordings. */
  readonly count: number;
  /** Their sum, in the metric's unit. */
  readonly sum: number;
}

/** Readings in frames are Unix time already. */
const UNIX_TIME = { offsetNanos: 0n };

/** The loggers of {@link createTestLogging}, and the records that they have written. It uses nothing outside of its own memory: no shutdown is needed. */
export class TestLogging {
  readonly loggerProvider: LoggerProvider;
  readonly meterProvider: MeterProvider;
  readonly #producer: Producer;
  readonly #sources: Readonly<Record<Lane, LaneSource>>;
  readonly #kept: Record<Lane, LogRecordData[]> = { logs: [], audit: [] };
  readonly #collector = new SeriesCollector();

  constructor(config: LoggingConfig) {
    const { config: resolved } = resolveConfig({ level: 'trace', ...config }, {});
    const settings = {
      ...resolved,
      shares: resolved.overflowShares,
      allocator: SHARED_MEMORY,
      signals: allocateSignals().descriptor,
      run: allocateRun(allocatorOf(SHARED_MEMORY), '').descriptor,
      audit: undefined,
      auditCounters: undefined,
      runId: resolved.instanceId,
    };
    this.#producer = openProducer(settings, {
      writeThrough: ({ event, data, scope }) => {
        this.#read('audit'); // makes room
        this.#producer.auditUnscoped(event, data, scope);
        return true;
      },
      readClock: readFollowedClock,
      onSeries: (producer, block) => this.#collector.addBlock(producer, openBlock(block).memory),
      onWarning: () => {},
    });
    const { memory } = this.#producer;
    this.#collector.addBlock(memory.id, openBlock(memory.series[0]).memory);
    const source = (lane: Lane) => new LaneSource(memory, lane, ONE_DESTINATION, UNIX_TIME, resolved.attributeCountLimit);
    this.#sources = { logs: source('logs'), audit: source('audit') };
    rememberFlush(this.#producer, async () => ({ complete: true }));
    this.loggerProvider = new RingLoggerProvider(() => this.#producer);
    this.meterProvider = new RingMeterProvider(this.#producer.meter);
  }

  /** As {@link Logging.getLogger}. */
  getLogger(component: string): HFTLogger {
    return this.#producer.logger(componentScope(component));
  }

  /** As {@link Logging.getExchangeLogger}. */
  getExchangeLogger(exchange: string, component: string): HFTLogger {
    return this.#producer.logger(exchangeScope(exchange, component));
  }

  /** As {@link Logging.getStrategyLogger}. */
  getStrategyLogger(path: string, tags: readonly string[]): HFTLogger {
    return this.#producer.logger(strategyScope(path, tags));
  }

  /** As {@link Logging.setLevel}, for loggers of this instance. */
  setLevel(pattern: string, level: LevelName): void {
    this.#producer.levels.change(pattern, level);
  }

  /**
   * Log records so far, oldest first. The ring holds records until the next call of a reading method. A record that does not fit is dropped as in production,
   * so read in between when a test logs more than `ringBufferSize` records.
   */
  records(): readonly LogRecordData[] {
    return [...this.#read('logs')];
  }

  /** Audit events so far, oldest first. */
  audits(): readonly LogRecordData[] {
    return [...this.#read('audit')];
  }

  /** Forgets records and audit events so far; metrics go on counting. */
  clear(): void {
    this.#read('logs').length = 0;
    this.#read('audit').length = 0;
  }

  /** Sum of a counter, or value of a gauge, over the series that have all of `tags`; 0 when there is none. */
  counter(name: string, tags: Tags = {}): number {
    return this.#series(name, tags).reduce((sum, { value }) => sum + value, 0);
  }

  /** A histogram over the series that have all of `tags`. */
  histogram(name: string, tags: Tags = {}): DistributionNumbers {
    return this.#series(name, tags).reduce<DistributionNumbers>(
      (total, { distribution }) => ({
        count: total.count + (distribution?.count ?? 0),
        sum: total.sum + (distribution?.sum ?? 0),
      }),
      { count: 0, sum: 0 },
    );
  }

  #series(name: string, tags: Tags) {
    const instrument = this.#collector.collect().instruments.find(({ definition }) => definition.name === name);
    const wanted = Object.entries(tags).map(([key, value]) => [key, String(value)]);
    return (instrument?.series ?? []).filter((series) =>
      wanted.every(([key, value]) => series.tags.some(([k, v]) => k === key && String(v) === value)),
    );
  }

  #read(lane: Lane): LogRecordData[] {
    const source = this.#sources[lane];
    const kept = this.#kept[lane];
    while (source.scan() > 0) {
      for (let i = 0; i < source.count; i++) {
        // Decoded maps have no prototype, and strict comparisons of test frameworks take them for other than literals: a copy has one.
        kept.push(structuredClone(decodeFrame(source, source.frames[i], source.decodeContext())));
      }
      source.release();
    }
    return kept;
  }
}

/**
 * Makes a {@link TestLogging}. Every level is on unless `config` says otherwise; levels, redaction, metric rules and limits of `config` hold, backends and routes
 * have no effect, and the environment is not read. Throws ConfigError with every problem of `config`.
 */
export function createTestLogging(config: LoggingConfig = {}): TestLogging {
  return new TestLogging(config);
}
