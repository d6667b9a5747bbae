/** Starts threads that log once and end, in the way that its second argument names. */
import { Worker } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../../src/index.ts';

const [folder, way] = process.argv.slice(2);
const THREADS = 4;

const ended = (thread: Worker) => new Promise<void>((resolve) => thread.on('exit', () => resolve()));
const said = (thread: Worker) => new Promise<void>((resolve) => thread.once('message', () => resolve()));
const start = (i: number, way: 'log and end' | 'log and wait' | 'wait and log' | 'clean up') =>
  new Worker(new URL('./one-record.ts', import.meta.url), { workerData: { i, way } });
const configure = () =>
  configureLogging({
    backends: {
      file: { path: `${folder}/app.jsonl`, rotation: 'none' },
      audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
    },
  });
const numbers = Array.from({ length: THREADS }, (_, i) => i);
const all = () => Promise.all(numbers.map((i) => ended(start(i, 'log and end'))));

switch (way) {
  case 'before the worker has booted': {
    // Loaded already, so that they are done within a few milliseconds; the worker takes some sixty.
    const threads = numbers.map((i) => start(i, 'wait and log'));
    await Promise.all(threads.map(said));
    configure();
    for (const thread of threads) thread.postMessage('go on');
    await Promise.all(threads.map(ended));
    break;
  }
  case 'and the process exits at once': {
    const logging = configure();
    await logging.ready;
    await all();
    process.exit(0);
    break;
  }
  case 'and a flush follows': {
    const logging = configure();
    await logging.ready;
    await all();
    const report = await logging.flush();
    const { accepted, pending } = logging.health().lanes.logs;
    console.log(JSON.stringify({ complete: report.complete, accepted, pending }));
    break;
  }
  case 'that have logged before the configuration': {
    const threads = numbers.map((i) => start(i, 'log and wait'));
    await Promise.all(threads.map(said));
    configure();
    for (const thread of threads) thread.postMessage('go on');
    await Promise.all(threads.map(ended));
    break;
  }
  case 'in a clean-up of signal-exit': {
    await configure().ready;
    await Promise.all(numbers.map((i) => ended(start(i, 'clean up'))));
    break;
  }
  default:
    throw new Error(`unknown way: ${way}`);
}
getLogger('main').info('done');
