/** Runs on a bundle of the package without its worker. Logs, asks for an answer, shuts down, and prints what it was told. */
import type { configureLogging } from '../../../src/index.ts';

const [bundle, folder, how] = process.argv.slice(2);
const configure: typeof configureLogging = (await import(bundle)).configureLogging;
const logging = configure({
  diagnosticLevel: 'none',
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug', rotation: 'none', format: 'json' },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
  },
});
const log = logging.getLogger('app');
const settled = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    ({ message }) => message,
  );
const asked: Record<string, () => Promise<unknown>> = {
  nothing: async () => 'nothing',
  ready: () => logging.ready,
  flush: () => logging.flush().then(({ complete }) => complete),
  receipt: () => log.auditReceipt('ticked', { i: 3 }).then(({ seq, stage }) => `${seq} ${stage}`),
  'many receipts': () =>
    Promise.all(Array.from({ length: 5 }, (_, i) => log.auditReceipt('ticked', { i: 3 + i }, 'written').then(({ seq }) => seq))),
  'a receipt of the collector': () => log.auditReceipt('ticked', { i: 3 }, 'collector'),
  snapshot: () => logging.metricsSnapshot(),
};
for (const i of [1, 2]) {
  log.info('tick', { i });
  log.audit('ticked', { i });
}
const answer = await settled(asked[how]());
log.info('tick', { i: 3 });
const { complete, pending } = await logging.shutdown();
console.log(JSON.stringify({ answer, complete, pending, backends: logging.health().backends }));
