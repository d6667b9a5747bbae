/** Starts threads one after another, each of which logs once, and counts the files of the run behind each. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, Worker } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../../src/index.ts';

if (isMainThread) {
  const [folder, threads] = process.argv.slice(2) as [string, string];
  const path = join(folder, 'app.jsonl');
  const logging = configureLogging({
    service: { name: 'persistent-threads' },
    persistence: { enabled: true, directory: join(folder, 'runs') },
    backends: { file: { path, format: 'json' } },
  });
  await logging.ready;
  const { folder: run } = logging.health().memory;
  const files: number[] = [];
  for (let i = 0; i < Number(threads); i++) {
    await once(new Worker(new URL(import.meta.url)), 'exit');
    await logging.flush();
    await sleep(50);
    files.push(readdirSync(run!).length);
  }
  await logging.shutdown();
  const lines = readFileSync(path, 'utf8').trim().split('\n').length;
  console.log(JSON.stringify({ files, lines }));
} else getLogger('thread').info('x');
