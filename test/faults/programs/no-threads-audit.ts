/** Audits where Node's permission model allows no threads, and ends as it is told. */
import { createLogging } from '../../../src/index.ts';

const [path, how] = process.argv.slice(2) as [string, 'exit' | 'shutdown' | 'flush'];
const logging = createLogging({ backends: { audit: { path } }, exitTimeoutMillis: 120_000 });
const log = logging.getLogger('no-threads');
for (let i = 0; i < 100; i++) log.audit('order_placed', { i, symbol: 'BTCUSDT' });
await logging.ready.catch(() => {});
if (how === 'shutdown') await logging.shutdown();
if (how === 'flush') {
  await logging.flush();
  process.kill(process.pid, 'SIGKILL');
}
process.exit();
