/** A daemon that starts as root, configures its logging and becomes another user then: `gives-up-rights.ts <folder> <user> <collector>`. */
import { chownSync, mkdirSync } from 'node:fs';
import { createLogging } from '../../../src/index.ts';

const [folder, user, endpoint] = process.argv.slice(2);
mkdirSync(`${folder}/logs`);
chownSync(`${folder}/logs`, Number(user), Number(user));
const logging = createLogging({
  service: { name: 'daemon' },
  persistence: { enabled: true, directory: `${folder}/runs` },
  backends: {
    file: { path: `${folder}/logs/app.jsonl`, rotation: 'none' },
    otlp: { endpoint, temporality: 'delta' },
  },
});
const log = logging.getLogger('app');
log.info('tick', { i: 1 });
await logging.recovered;
await logging.flush();
chownSync(`${folder}/logs/app.jsonl`, Number(user), Number(user));
process.setgid!(Number(user));
process.setuid!(Number(user));
for (let i = 2; i <= 100; i++) log.info('tick', { i });
log.counter('ticks_total', 99);
await logging.flush();
const { state, lastError } = logging.health().backends.otlpMetrics!;
console.log(JSON.stringify({ state, lastError }));
