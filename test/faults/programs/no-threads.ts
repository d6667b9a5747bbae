/** Logs where Node's permission model allows no threads. */
import { createLogging } from '../../../src/index.ts';

const path = process.argv[2] ?? 'never.jsonl';
const logging = createLogging({ backends: { file: { path } }, exitTimeoutMillis: 120_000 });
const log = logging.getLogger('no-threads');
for (let i = 0; i < 100; i++) log.info('tick', { i });
const refused = await logging.ready.then(
  () => undefined,
  ({ code, message }) => ({ code, message }),
);
const report = await logging.flush();
console.log(JSON.stringify({ refused, report, health: logging.health() }));
