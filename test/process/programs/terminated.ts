/** Has its worker terminated again and again under load, at any instruction whatever, and prints the account. */
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import threads, { type Worker } from 'node:worker_threads';

const started: Worker[] = [];
threads.Worker = class extends threads.Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    started.push(this);
  }
};
syncBuiltinESMExports();
const { createLogging } = await import('../../../src/index.ts');

const [folder, deaths, otlp] = process.argv.slice(2);
const logging = createLogging({
  ringBufferSize: 200_000,
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug', bufferBytes: 67_108_864 },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
    otlp: { logsEndpoint: `${otlp}/v1/logs`, queueBytes: 67_108_864 },
    appending: { module: new URL('./appending.ts', import.meta.url), options: { path: `${folder}/taken-numbers.txt` } },
  },
  routes: [{ when: { type: 'audit' }, to: ['audit', 'otlp'], final: true }],
});
const log = logging.getLogger('load');
await logging.ready;
let sent = 0;
let audits = 0;
let dying: Promise<unknown> | undefined;
for (let death = 1; death <= Number(deaths); death++) {
  // Dead at any time from its boot to a while after it is ready. Every other one is let become ready: four in a row that were not make waiting callers give up.
  const hasBegun = () => started.length >= death && (death % 2 === 0 || logging.health().worker.state === 'running');
  const lives = Math.random() * 500;
  let until = Number.POSITIVE_INFINITY;
  while (performance.now() < until) {
    for (let i = 0; i < 10; i++) log.info('tick', { n: ++sent, text: `unique ${sent}` });
    log.audit('order_placed', { n: ++audits });
    await sleep(1);
    if (until === Number.POSITIVE_INFINITY && hasBegun()) until = performance.now() + lives;
  }
  dying = started.at(-1)!.terminate();
}
// Before it is dead it may still answer a flush, and a shutdown would take its end for the one that was asked for.
await dying;
const report = await logging.flush({ timeoutMillis: 60_000 });
await logging.shutdown({ timeoutMillis: 60_000 });
console.log(JSON.stringify({ sent, audits, report, health: logging.health() }));
