/** A thread makes an instance of its own, logs, and ends in the way that is asked for; the main thread does nothing else. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { configureLogging, createLogging } from '../../../src/index.ts';

if (isMainThread) {
  const [folder, make, way, when] = process.argv.slice(2);
  const thread = new Worker(new URL(import.meta.url), { workerData: { folder, make, way, when } });
  thread.on('error', () => {});
  await new Promise((resolve) => thread.on('exit', resolve));
} else {
  const { folder, make, way, when } = workerData as Record<string, string>;
  const logging = (make === 'createLogging' ? createLogging : configureLogging)({
    backends: {
      file: { path: `${folder}/app.jsonl`, level: 'debug', rotation: 'none' },
      audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
    },
  });
  if (when === 'later') {
    await logging.ready;
    await sleep(20);
  }
  const log = logging.getLogger('in a thread');
  log.info('tick', { i: 1 });
  log.audit('ticked', { i: 1 });
  switch (way) {
    case 'process.exit':
      process.exit(3);
      break;
    case 'throw':
      throw new Error('on purpose');
    case 'exit handler that logs and exits':
      process.on('exit', () => {
        log.info('tick', { i: 2 });
        log.audit('ticked', { i: 2 });
        process.exit(4);
      });
  }
}
