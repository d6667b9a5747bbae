/** Writes one record and an audit event, and ends: at once, or when it is told to go on. `clean up`: writes them behind all handlers of `exit`. */
import { parentPort, workerData } from 'node:worker_threads';
import { getLogger } from '../../../src/index.ts';

const { i, way } = workerData;
const log = getLogger('thread');
function write(): void {
  log.info('from a thread', { i });
  log.audit('thread_started', { i });
}

if (way === 'clean up') (await import('signal-exit')).onExit(write);
else if (way !== 'wait and log') write();
if (way === 'log and wait' || way === 'wait and log') {
  parentPort!.postMessage('there');
  parentPort!.once('message', () => {
    if (way === 'wait and log') write();
    parentPort!.close();
  });
}
