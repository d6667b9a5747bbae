/**
 * Brings the worker into a state, logs, and ends in a way of ways.ts. `booting`: a module needs the worker. `not begun`: files alone, which the ending thread writes itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogging } from '../../../src/index.ts';
import { WAYS } from './ways.ts';

const [folder, way, state, recordsText, exitTimeoutText] = process.argv.slice(2);
const records = Number(recordsText);
const logging = createLogging({
  ringBufferSize: 20_000,
  exitTimeoutMillis: Number(exitTimeoutText),
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug', rotation: 'none' },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
    ...(state !== 'not begun' && {
      hanging: { module: new URL('./hanging.ts', import.meta.url) },
      killer: { module: new URL('./killer.ts', import.meta.url) },
    }),
  },
});
const log = logging.getLogger('app');
let logged = 0;
function logOne(): void {
  logged++;
  log.info('tick', { i: logged });
  log.audit('ticked', { i: logged });
}

if (state !== 'booting' && state !== 'not begun') await logging.ready;
if (state === 'idle') await sleep(50);
if (state === 'dead' || state === 'hung') {
  const module = state === 'dead' ? 'killer' : 'hanging';
  logging.getLogger('order').info(state === 'dead' ? 'die' : 'hang');
  while (logging.health().backends[module].taken === 0) await sleep(1);
  await sleep(20);
}
for (let i = 0; i < records; i++) logOne();
if (state === 'busy') await new Promise(setImmediate);
await WAYS[way].run(logOne, logging);
