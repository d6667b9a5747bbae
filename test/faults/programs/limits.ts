/** Logs and audits under limits of the process, shuts down, and prints the account. Arguments: folder, number of records of each, whether the worker is waited for. */
import { createLogging } from '../../../src/index.ts';

const [folder, records, waits] = process.argv.slice(2);
const logging = createLogging({
  diagnosticLevel: 'none',
  exitTimeoutMillis: 1_000,
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug', rotation: 'none' },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
  },
});
if (waits === 'true') await logging.ready.catch(() => {});
const log = logging.getLogger('limits');
for (let n = 1; n <= Number(records); n++) {
  log.info('tick', { n, text: 'x'.repeat(100) });
  log.audit('ticked', { n, text: 'x'.repeat(100) });
}
await logging.shutdown();
console.log(JSON.stringify(logging.health()));
