/** Shuts down before its worker has begun, with a file in the way of the log file, and then ends as its second argument says while the shutdown waits. */
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogging } from '../../../src/index.ts';

const [folder, how] = process.argv.slice(2);
const inTheWay = `${folder}/logs`;
writeFileSync(inTheWay, '');
const logging = createLogging({
  diagnosticLevel: 'none',
  exitTimeoutMillis: 300,
  backends: {
    file: { path: `${inTheWay}/app.jsonl`, rotation: 'none', format: 'json' },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
  },
});
const log = logging.getLogger('app');
for (let i = 1; i <= 10; i++) {
  log.warning('tick', { i });
  log.audit('ticked', { i });
}
const ending = logging.shutdown({ timeoutMillis: 20_000 });
await sleep(15);
if (how.endsWith('with room again')) rmSync(inTheWay);
if (how.startsWith('process.exit')) process.exit(3);
if (how === 'SIGTERM') {
  process.kill(process.pid, 'SIGTERM');
  await sleep(20_000);
}
if (how === 'a throw') throw new Error('on purpose');
const { complete } = await ending;
console.log(`complete ${complete}`);
