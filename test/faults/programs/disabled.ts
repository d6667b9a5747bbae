/** Uses every door of the package while OTEL_SDK_DISABLED is set, and prints what came of it. */
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  configureLogging,
  flushLogging,
  getLogger,
  getStrategyLogger,
  type HFTLogger,
  shutdownLogging,
} from '../../../src/index.ts';
import { RingBufferLogRecordProcessor } from '../../../src/otel.ts';

const [folder] = process.argv.slice(2);
let read = 0;
const fields = {
  get looked() {
    return ++read;
  },
};

function everyDoor(log: HFTLogger): void {
  log.info('m', fields);
  log.error('m', fields);
  log.audit('event', fields);
  log.counter('c', 1, fields as never);
  log.metric('m', 1, fields as never);
  log.bindCounter('c', fields as never).add();
  log.bindGauge('g').set(1);
  log.bindHistogram('h').record(1);
  log.withContext(fields).warning('m', fields);
  const timer = log.timer('t');
  timer.run(() => {});
  timings.push(timer.stop());
}

const timings: number[] = [];
const early = getLogger('early');
everyDoor(early);
const logging = configureLogging({
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug' },
    audit: { path: `${folder}/audit.jsonl` },
    prometheus: { port: 0 },
    otlp: { endpoint: 'http://127.0.0.1:9' },
  },
});
everyDoor(early);
everyDoor(logging.getLogger('x'));
everyDoor(getStrategyLogger('x', []));
logging.setLevel('*', 'debug');
await logging.ready;
logging.loggerProvider.getLogger('x').emit({ body: 'm', attributes: fields as never });
logging.meterProvider
  .getMeter('x')
  .createCounter('c')
  .add(1, fields as never);
const processor = new RingBufferLogRecordProcessor(logging);
new LoggerProvider({ processors: [processor] }).getLogger('x').emit({ body: 'm' });
const thread = new Worker(new URL('./disabled-thread.ts', import.meta.url));
await new Promise((resolve) => thread.on('exit', resolve));
console.log(
  JSON.stringify({
    read,
    timed: timings.every((us) => us > 0),
    enabled: early.isEnabled('error') || logging.getLogger('x').isEnabled('error'),
    files: readdirSync(folder),
    workers: (process.report.getReport() as { workers: unknown[] }).workers.length,
    handlers: process.listenerCount('SIGTERM') + process.listenerCount('exit'),
    health: logging.health(),
    snapshot: (await logging.metricsSnapshot()).metrics,
    memory: logging.memory,
    explanation: logging.explain({ level: 'error' }),
    flushed: await flushLogging(),
    processed: await processor.forceFlush().then(() => true),
    ended: await shutdownLogging(),
  }),
);
