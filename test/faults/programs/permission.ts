/** Logs as root, is told by logrotate's signal to open its files anew, may not any more, and gets the permission back. */
import { chmodSync, renameSync } from 'node:fs';
import { createLogging } from '../../../src/index.ts';
import { until } from '../support/until.ts';

const NOBODY = 65_534;
const [folder] = process.argv.slice(2);
const logging = createLogging({
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug' },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
  },
});
const log = logging.getLogger('permission');
let n = 0;
const some = () => {
  for (let i = 0; i < 100; i++) {
    log.info('tick', { n: ++n });
    log.audit('ticked', { n });
  }
};
some();
await logging.flush();
chmodSync(folder, 0o700);
for (const name of ['app.jsonl', 'audit.jsonl']) renameSync(`${folder}/${name}`, `${folder}/moved-${name}`);
process.seteuid!(NOBODY);
let heard = false;
process.once('SIGHUP', () => {
  heard = true;
});
process.kill(process.pid, 'SIGHUP');
await until(
  () => heard,
  () => 'no signal came',
);
some();
await until(
  () => {
    const { file, audit } = logging.health().backends;
    return file.state !== 'ok' && audit.state !== 'ok';
  },
  () => logging.health(),
);
const refused = { file: logging.health().backends.file.lastError, audit: logging.health().backends.audit.lastError };
process.seteuid!(0);
const report = await logging.flush({ timeoutMillis: 60_000 });
console.log(JSON.stringify({ refused, report, backends: logging.health().backends }));
await logging.shutdown();
