/** Fills its rings while its event loop is blocked, and prints what it wrote and what became of it. */
import { createLogging } from '../../../src/index.ts';

const [folder, blockMillis, perMilli] = process.argv.slice(2);
const logging = createLogging({
  level: 'debug',
  ringBufferSize: 2_000,
  backends: {
    file: { path: `${folder}/app.jsonl`, level: 'debug', bufferBytes: 134_217_728 },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
  },
});
await logging.ready;
const log = logging.getLogger('blocked');
const levels = ['debug', 'info', 'warning', 'error'] as const;
const written = { debug: 0, info: 0, warning: 0, error: 0 };
let audits = 0;
const started = performance.now();
/** A burst each millisecond that is more than the worker takes on two cores, without a turn of the event loop in between. */
for (let milli = 1; performance.now() - started < Number(blockMillis); milli++) {
  for (let i = 0; i < Number(perMilli); i++) {
    const level = levels[i & 3];
    log[level]('tick', { n: ++written[level], padding: 'some forty bytes of text, never the same '.length + i });
  }
  log.audit('ticked', { n: ++audits });
  while (performance.now() - started < milli);
}
const report = await logging.flush({ timeoutMillis: 120_000 });
// Brings the mark of the last losses, for which a full ring had no room when the flush was asked for.
await logging.shutdown({ timeoutMillis: 120_000 });
console.log(JSON.stringify({ written, audits, report, health: logging.health() }));
