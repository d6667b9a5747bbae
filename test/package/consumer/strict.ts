// TypeScript, strict, with the types of the whole public surface checked.
import { logs, metrics } from '@opentelemetry/api';
import { InMemoryLogRecordExporter } from '@opentelemetry/sdk-logs';
import {
  type Backend,
  type BackendFactory,
  type BoundCounter,
  ConfigError,
  createLogging,
  type FlushReport,
  getExchangeLogger,
  type Health,
  type HFTLogger,
  type Level,
  type Logging,
  type LoggingConfig,
  LoggingTimer,
  type LogRecordData,
  type MetricsSnapshot,
} from 'hft-otel';
import { ReadableRecords, RingBufferLogRecordProcessor, type RingLoggerProvider, SdkExporterBackend } from 'hft-otel/otel';
import { backendContract, createTestLogging } from 'hft-otel/testing';

interface Order {
  readonly symbol: string;
  readonly qty: number;
}

class Gateway {
  readonly #logger: HFTLogger;
  readonly #orders: BoundCounter;

  constructor(logger: HFTLogger = getExchangeLogger('mexc', 'private.rest')) {
    this.#logger = logger;
    this.#orders = logger.bindCounter('orders_placed_total', { exchange: 'mexc' });
  }

  async place(order: Order): Promise<number> {
    using timer = this.#logger.timer('order_placement', { exchange: 'mexc' });
    this.#logger.info('order placed', { ...order });
    this.#orders.add();
    const answered: string = await timer.run(async () => 'ack');
    return answered.length;
  }
}

const config: LoggingConfig = {
  service: { name: 'consumer' },
  levels: { 'exchange.*': 'debug' satisfies Level },
  backends: {
    console: { enabled: false },
    file: { path: 'logs/ts.jsonl', level: 'debug', rotation: 'none' },
    audit: { path: 'logs/ts-audit.jsonl' },
  },
  routes: [{ when: { level: 'warning', tags: ['trading'] }, to: ['audit'] }],
};

async function main(): Promise<void> {
  await using logging: Logging = createLogging(config);
  logs.setGlobalLoggerProvider(logging.loggerProvider);
  metrics.setGlobalMeterProvider(logging.meterProvider);
  const provider: Pick<RingLoggerProvider, 'getLogger'> = logging.loggerProvider;
  provider.getLogger('library').emit({ body: 'from a library', severityNumber: 9 });
  await new Gateway(logging.getExchangeLogger('mexc', 'private.rest')).place({ symbol: 'BTCUSDT', qty: 1 });
  const processor = new RingBufferLogRecordProcessor(logging);
  await processor.forceFlush();
  const report: FlushReport = await logging.flush({ timeoutMillis: 1_000 });
  const health: Health = logging.health();
  const snapshot: MetricsSnapshot = await logging.metricsSnapshot();
  const elapsedUs: number = new LoggingTimer(logging.getLogger('x'), 'y').stop();

  const testing = createTestLogging();
  await new Gateway(testing.getExchangeLogger('mexc', 'private.rest')).place({ symbol: 'BTCUSDT', qty: 1 });
  const [record]: readonly LogRecordData[] = testing.records();
  const backend: Backend = { write: (batch) => ({ status: 'partial', rejected: batch.length }) };
  const factory: BackendFactory = (_options, { name }) => (name === 'own' ? backend : Promise.resolve(backend));
  const exporter = new InMemoryLogRecordExporter();
  const promises: Promise<void>[] = [];
  backendContract(
    'an exporter of the SDK',
    (_name, run) => promises.push(run()),
    () => ({ backend: new SdkExporterBackend(new InMemoryLogRecordExporter(), new ReadableRecords({ resource: {} })) }),
  );
  await Promise.all(promises);
  await new SdkExporterBackend(exporter, new ReadableRecords({ resource: {} })).write([...testing.records()]);
  console.log(
    JSON.stringify({
      contract: promises.length > 5,
      exported: exporter.getFinishedLogRecords()[0]?.body,
      complete: report.complete,
      delivered: health.backends.file?.delivered,
      orders: testing.counter('orders_placed_total'),
      body: record?.body,
      metrics: snapshot.metrics.length > 0,
      elapsed: elapsedUs >= 0,
      kinds: [typeof factory, new ConfigError([]).code],
    }),
  );
}

await main();

/** Never called: a bridge's function is told the type of its records, and loggers are taken as they are. */
export function bridges(logger: HFTLogger): void {
  createLogging({ backends: { bridge: { target: (record) => record.body } } });
  createLogging({ backends: { bridge: { target: console } } });
  createLogging({ backends: { bridge: { target: logger } } });
}

/** Never called: what the compiler must refuse. */
export function refused(logger: HFTLogger): void {
  // @ts-expect-error: values of metrics are numbers
  logger.metric('x', 'y');
  // @ts-expect-error: there is no such level
  createLogging({ level: 'loud' });
  // @ts-expect-error: neither a function nor a logger
  createLogging({ backends: { bridge: { target: { log: 1 } } } });
  // @ts-expect-error: a misspelt setting
  createLogging({ ringBuffersize: 1 });
}
