/** A thread logs numbers while the main thread configures a second time. Prints how many there were. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../../src/index.ts';

const PER_TURN = 20;

if (isMainThread) {
  const folder = process.argv[2];
  const configure = (name: string, level: 'debug' | 'info') =>
    configureLogging({
      level,
      ringBufferSize: 50_000,
      backends: {
        file: { path: `${folder}/${name}.jsonl`, rotation: 'none', level: 'debug' },
        audit: { path: `${folder}/audit-${name}.jsonl`, rotation: 'none' },
      },
    });
  const first = configure('first', 'info');
  await first.ready;
  const thread = new Worker(new URL(import.meta.url), { workerData: folder });
  const said = async () => (await once(thread, 'message'))[0];
  await said();
  await sleep(100);
  const second = configure('second', 'debug');
  await second.ready;
  await sleep(100);
  thread.postMessage('enough');
  const written = await said();
  await second.flush();
  await thread.terminate();
  await second.shutdown();
  console.log(JSON.stringify({ written, complete: (await first.shutdown()).complete }));
} else {
  const log = getLogger('thread');
  let enough = false;
  parentPort!.once('message', () => {
    enough = true;
  });
  let i = 0;
  for (; !enough; await sleep(1)) {
    for (let k = 0; k < PER_TURN; k++) log.info('counted', { i: i++, of: workerData });
    log.audit('counted', { i });
    log.debug('seen once levels are those of the second configuration');
    if (i === PER_TURN) parentPort!.postMessage('there');
  }
  parentPort!.postMessage(i);
}
