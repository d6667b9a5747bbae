/** A million of something that should have been few, through the real pipeline; prints memory by tenths and the account. */
import { createLogging, type HFTLogger } from '../../../src/index.ts';

const [folder, what, total] = process.argv.slice(2);
const logging = createLogging({
  level: 'debug',
  ringBufferSize: 20_000,
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug', rotation: { bytes: 16_777_216 }, keep: 1 },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
    prometheus: { port: 0 },
  },
});
await logging.ready;
const log = logging.getLogger('million');

const CALLS: Readonly<Record<string, (i: number) => unknown>> = {
  'distinct messages': (i) => log.info(`order ${i} placed`, { i }),
  'distinct keys': (i) => log.info('keys', { [`key_${i}`]: i }),
  'distinct messages and keys': (i) => log.info(`order ${i} placed`, { [`key_${i}`]: `value ${i}` }),
  'distinct texts': (i) => log.info('texts', { text: `text ${i}`, other: `another ${i}` }),
  'short-lived children': (i) => log.withContext({ order: i }).info('in a context', { i }),
  'short-lived children of children': (i) => log.withContext({ order: i }).withContext({ leg: i }).audit('in a context', { i }),
  'short-lived loggers': (i) => logging.getLogger(`component ${i}`).info('hello', { i }),
  'loggers of the API': (i) => logging.loggerProvider.getLogger(`library ${i}`).emit({ body: 'hello', severityNumber: 9 }),
  'distinct tags': (i) => {
    log.counter('orders_total', 1, { order: i });
    log.metric('depth', i, { [`tag_${i}`]: i });
  },
  'distinct names of metrics': (i) => {
    log.counter(`orders_${i}_total`, 1);
    log.timer(`operation_${i}`).stop();
  },
  'short-lived children that live on': (i) => {
    kept[i % kept.length] = log.withContext({ order: i });
    const other = kept[(i * 7919) % kept.length];
    if (other === undefined) return false;
    other.info('kept', { i });
    return true;
  },
};
const kept: (HFTLogger | undefined)[] = new Array(1_000).fill(undefined);

/** Those that did log. */
let calls = 0;
const call = CALLS[what];
const tenth = Number(total) / 10;
const memory: { heapMiB: number; residentMiB: number; sharedMiB: number }[] = [];
for (let i = 1; i <= Number(total); i++) {
  if (call(i) !== false) calls++;
  // Turns of the event loop, as a program has them; the rings are not to be what is tested here.
  if (i % 500 === 0) await new Promise(setImmediate);
  if (i % 5_000 === 0) await logging.flush({ timeoutMillis: 60_000 });
  if (i % tenth === 0) {
    globalThis.gc?.();
    const { heapUsed, rss, arrayBuffers } = process.memoryUsage();
    const mib = (bytes: number) => Math.round(bytes / 1_048_576);
    memory.push({ heapMiB: mib(heapUsed), residentMiB: mib(rss), sharedMiB: mib(arrayBuffers) });
  }
}
const report = await logging.flush({ timeoutMillis: 60_000 });
console.log(JSON.stringify({ memory, report, calls, health: logging.health() }));
await logging.shutdown();
