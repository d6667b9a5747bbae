/** Delivers in all ways that are requests: `delivers.ts <address>`. */
import { createLogging } from '../../../src/index.ts';

const [address] = process.argv.slice(2);
const logging = createLogging({
  backends: {
    otlp: { endpoint: address, spool: { enabled: false } },
    prometheus: { enabled: true, port: 0, host: '127.0.0.1', pushGatewayUrl: address },
    exporter: { module: new URL('./requesting-exporter.ts', import.meta.url), options: { address } },
  },
});
await logging.ready;
const log = logging.getLogger('app');
log.warning('one');
log.counter('ones_total');
await logging.flush();
await fetch(`${address}/of-the-application`);
await logging.shutdown();
