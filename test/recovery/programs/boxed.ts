/** Keeps records in black boxes until it is killed. What was called and has returned is counted in a file that this program maps by itself: one f64 a thread. */
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../../src/index.ts';
import { mapCounts } from '../../support/mapped-counts.ts';

export interface BoxedOptions {
  readonly folder: string;
  readonly threads: number;
  readonly records: number;
}

const options: BoxedOptions = isMainThread ? JSON.parse(process.argv[2]!) : workerData.options;
const thread: number = isMainThread ? 0 : workerData.thread;
const counts = mapCounts(join(options.folder, 'counts'), options.threads);

if (isMainThread) {
  const logging = configureLogging({
    service: { name: 'killed' },
    level: 'info',
    diagnosticLevel: 'none',
    blackBox: { records: options.records },
    persistence: { enabled: true, directory: join(options.folder, 'runs') },
    backends: { file: { path: join(options.folder, 'app.jsonl'), format: 'json', level: 'warning' } },
  });
  for (let other = 1; other < options.threads; other++)
    new Worker(new URL(import.meta.url), { workerData: { options, thread: other } });
  await logging.ready;
}

const logger = getLogger(`thread-${thread}`);
let n = 0;
const burst = () => {
  for (let i = 0; i < 500; i++) {
    logger.debug(n % 7 === 0 ? `order ${n}` : 'quote', { thread, n, symbol: 'BTCUSDT' });
    counts[thread] = ++n;
  }
  setImmediate(burst);
};
burst();
if (isMainThread) process.stdout.write('ready\n');
