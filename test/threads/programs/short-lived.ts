/** Starts threads that log once and end. The second argument names when, the third one how, where there is a choice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../../src/index.ts';
import type { Way } from './one-record.ts';

const [folder, way, ending] = process.argv.slice(2);
const THREADS = 4;

const ended = (thread: Worker) =>
  new Promise<void>((resolve) => {
    thread.on('error', () => {});
    thread.on('exit', () => resolve());
  });
const said = (thread: Worker) => new Promise<void>((resolve) => thread.once('message', () => resolve()));
const start = (i: number, way: Way, gate?: Int32Array) =>
  new Worker(new URL('./one-record.ts', import.meta.url), { workerData: { i, way, gate } });
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
  case 'that know of the instance': {
    await configure().ready;
    await Promise.all(numbers.map((i) => ended(start(i, ending as Way))));
    break;
  }
  case 'that never know of it': {
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const threads = numbers.map((i) => start(i, ending as Way, gate));
    while (Atomics.load(gate, 0) < THREADS) await sleep(1);
    configure();
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
    await Promise.all(threads.map(ended));
    break;
  }
  default:
    throw new Error(`unknown way: ${way}`);
}
getLogger('main').info('done');
