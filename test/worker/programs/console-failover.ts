/**
 * A console whose reader stops, with another backend in `failover`; or the other way round. Says on stderr what is wanted of the reader: `READ` when everything
 * has gone to the other, or at once where the console is the other; and the account as JSON at the end.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogging, type LoggingConfig } from '../../../src/index.ts';

const { folder, from } = JSON.parse(process.argv[2]!) as { folder: string; from: 'console' | 'file' };
const to = from === 'console' ? 'file' : 'console';
const path = join(folder, 'logs', 'app.jsonl');
const settings = {
  console: { structured: true, stream: 'stdout', bufferBytes: 8_388_608 },
  file: { path, format: 'json', rotation: 'none' },
} as const;
// A file stands where its directory should be.
if (from === 'file') writeFileSync(join(folder, 'logs'), '');
const logging = createLogging({
  diagnosticLevel: 'none',
  routes: [{ when: {}, to: [from] }],
  routesMode: 'replace',
  backends: { [from]: { ...settings[from], level: 'trace', failover: [to] }, [to]: { ...settings[to], level: 'fatal' } },
} as LoggingConfig);
await logging.ready;
if (from === 'file') process.stderr.write('READ\n');
const logger = logging.getLogger('gateway');
const health = () => logging.health().backends[from]!;
// Longer than what a pipe holds together with the little that a parent reads ahead.
const filler = 'x'.repeat(1_000);
let n = 0;
const log = (records: number) => {
  for (let i = 0; i < records; i++) logger.info('a record', { n: n++, filler });
};
while (health().state === 'ok') {
  log(5);
  await sleep(10);
}
const before = n;
log(200);
while ((health().failedOver ?? 0) < 200) await sleep(10);
if (from === 'console') while (!existsSync(path) || readFileSync(path, 'utf8').split('\n').length <= 200) await sleep(10);
if (from === 'file') rmSync(join(folder, 'logs'));
if (from === 'console') process.stderr.write('READ\n');
while (health().state !== 'ok') {
  await logging.flush({ timeoutMillis: 1_000 });
  await sleep(10);
}
const back = n;
log(50);
await logging.shutdown();
const { taken, delivered, droppedTotal, failedOver } = health();
process.stderr.write(`${JSON.stringify({ before, back, calls: n, taken, delivered, droppedTotal, failedOver })}\n`);
