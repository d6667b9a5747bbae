/** Kills its own worker again and again under load, and prints the account. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogging } from '../../../src/index.ts';

const [folder, deaths = '10', otlp = ''] = process.argv.slice(2);
const logging = createLogging({
  backends: {
    file: { path: `${folder}/app.jsonl` },
    audit: { path: `${folder}/audit.jsonl` },
    ...(otlp !== '' && { otlp: { endpoint: otlp } }),
    killer: { module: new URL('./killer.ts', import.meta.url) },
  },
  routes: [
    { when: { logger: 'killer' }, to: ['killer'] },
    { when: { type: 'audit' }, to: ['audit', ...(otlp !== '' ? ['otlp'] : [])] },
    { when: { logger: 'load', type: 'logs' }, to: ['file', ...(otlp !== '' ? ['otlp'] : [])] },
  ],
  routesMode: 'replace',
});
const log = logging.getLogger('load');
const killer = logging.getLogger('killer');
await logging.ready;
let sent = 0;
let audits = 0;
for (let death = 1; death <= Number(deaths); death++) {
  killer.info('die');
  // The next one is to die after it has lived long enough for its death to be no part of a row, however long it takes to start.
  let bornMillis = Number.POSITIVE_INFINITY;
  while (performance.now() - bornMillis < 210) {
    const { restarts, state } = logging.health().worker;
    if (restarts >= death && state === 'running') bornMillis = Math.min(bornMillis, performance.now());
    for (let i = 0; i < 50; i++) log.info('tick', { n: ++sent });
    log.audit('order_placed', { n: ++audits });
    await sleep(1);
  }
}
const report = await logging.flush({ timeoutMillis: 15_000 });
console.log(JSON.stringify({ sent, audits, report, health: logging.health() }));
await logging.shutdown();
