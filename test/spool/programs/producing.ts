/**
 * Logs and audits until its standard input ends, then shuts down: `<url> <spool folder> <number of the first record> <of the first event> [time of a request in ms]
 * [records a second; a tenth as many events]`. Prints a line of JSON now and then: how far it is, and how many records were lost.
 */
import { createLogging } from '../../../src/index.ts';

const [url, directory, firstLog, firstAudit, timeoutMillis = '1000', perSecond = '2000'] = process.argv.slice(2);
const logging = createLogging({
  environment: 'production',
  service: { name: 'outages' },
  level: 'trace',
  diagnosticLevel: 'none',
  backends: { otlp: { logsEndpoint: `${url}/v1/logs`, timeoutMillis: Number(timeoutMillis), spool: { directory } } },
});
const log = logging.getLogger('app');
let logs = Number(firstLog);
let audits = Number(firstAudit);
const tell = () => console.log(JSON.stringify({ logs, audits, lost: logging.health().backends.otlp.droppedTotal }));
await logging.ready;
const startedMillis = performance.now();
const timer = setInterval(() => {
  const due = ((performance.now() - startedMillis) * Number(perSecond)) / 1_000;
  while (logs - Number(firstLog) < due) log.info('a record', { i: logs++ });
  while ((audits - Number(firstAudit)) * 10 < due) log.audit('an_event', { i: audits++ });
  tell();
}, 10);
process.stdin.resume().on('end', async () => {
  clearInterval(timer);
  await logging.shutdown({ timeoutMillis: 20_000 });
  tell();
});
