/** Logs at a steady rate to a collector, whatever becomes of it meanwhile, and prints the account. */
import { createLogging } from '../../../src/index.ts';

const [folder, endpoint, records, audits, perSecond, queueBytes] = process.argv.slice(2);
const logging = createLogging({
  backends: {
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
    otlp: { logsEndpoint: `${endpoint}/v1/logs`, queueBytes: Number(queueBytes) },
  },
  routes: [{ when: { type: 'logs' }, to: ['otlp'] }],
});
await logging.ready;
const log = logging.getExchangeLogger('mexc', 'private.rest');
const every = Math.floor(Number(records) / Number(audits));
const started = performance.now();
for (let n = 0; n < Number(records); ) {
  const due = Math.min(Number(records), Math.ceil(((performance.now() - started) / 1_000) * Number(perSecond)));
  while (n < due) {
    log.info('order placed', { n: ++n, symbol: 'BTCUSDT', side: 'BUY', price: 64_123.17 });
    if (n % every === 0) log.audit('order_placed', { n: n / every, symbol: 'BTCUSDT', qty: 0.5 });
  }
  await new Promise(setImmediate);
}
const millis = performance.now() - started;
const report = await logging.flush({ timeoutMillis: 120_000 });
console.log(JSON.stringify({ millis, report, health: logging.health() }));
await logging.shutdown();
