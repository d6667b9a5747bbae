// The service that measure.ts measures: logs at a rate, some of them and all audit events marked as probes, and says at its end what it has done.

import { createLogging } from '../../../src/index.ts';
import { type LoadOrder, type LoadReport, PROBE_EXCHANGE } from './load-order.ts';

const TICK_MILLIS = 5;
/** A probe of each lane every 50 ms. */
const PROBE_EACH_TICKS = 10;

const { service, otlpUrl, auditOtlpUrl, recordsPerSecond, seconds } = JSON.parse(process.argv[2]!) as LoadOrder;
const logging = createLogging({
  service: { name: service },
  backends: { otlp: { endpoint: otlpUrl, auditEndpoint: `${auditOtlpUrl}/v1/logs` } },
});
await logging.ready;
const log = logging.getExchangeLogger('binance', 'spot.ws');
const probe = logging.getExchangeLogger(PROBE_EXCHANGE, 'spot.ws');
const started = performance.now();
let records = 0;
let ticks = 0;
await new Promise<void>((resolve) => {
  const ticking = setInterval(() => {
    const elapsedSeconds = (performance.now() - started) / 1000;
    if (++ticks % PROBE_EACH_TICKS === 0) {
      probe.info('book update', { number: ++records });
      probe.audit('order_placed', { number: ++records });
    }
    for (const due = Math.floor(elapsedSeconds * recordsPerSecond); records < due; ) {
      const number = ++records;
      log.info('book update', { number, symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 64_000 + number * 0.01 });
    }
    if (elapsedSeconds < seconds) return;
    clearInterval(ticking);
    resolve();
  }, TICK_MILLIS);
});
const { user, system } = process.cpuUsage();
await logging.shutdown({ timeoutMillis: 20_000 });
const { lanes, backends } = logging.health();
const { delivered, retries, bytes, droppedTotal } = backends.otlp!;
const report: LoadReport = {
  records,
  delivered,
  dropped: droppedTotal + lanes.logs.droppedTotal + lanes.audit.droppedTotal,
  retries,
  bytes,
  cpuMillis: (user + system) / 1000,
};
process.send!(report);
process.disconnect();
