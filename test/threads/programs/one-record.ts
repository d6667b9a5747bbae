/** Writes one record and an audit event, and ends: at once, or when it is told to go on. */
import { parentPort, workerData } from 'node:worker_threads';
import { getLogger } from '../../../src/index.ts';

const { i, way } = workerData;
function write(): void {
  const log = getLogger('thread');
  log.info('from a thread', { i });
  log.audit('thread_started', { i });
}

if (way !== 'wait and log') write();
if (way !== 'log and end') {
  parentPort!.postMessage('there');
  parentPort!.once('message', () => {
    if (way === 'wait and log') write();
    parentPort!.close();
  });
}
