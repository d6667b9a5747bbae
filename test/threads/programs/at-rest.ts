/** A service at rest that starts a thread now and then, which logs once and ends. Says how much memory the process takes then. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { configureLogging } from '../../../src/index.ts';

const [folder, threads] = process.argv.slice(2);
const logging = configureLogging({
  ringBufferSize: 40_000, // two rings of 10 MB for each thread
  backends: {
    file: { path: `${folder}/app.jsonl`, rotation: 'none' },
    audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
  },
});
await logging.ready;
for (let i = 0; i < Number(threads); i++)
  await once(new Worker(new URL('./one-record.ts', import.meta.url), { workerData: { i, way: 'log and end' } }), 'exit');
console.log(Math.round(process.memoryUsage.rss() / 1_048_576));
await logging.shutdown();
