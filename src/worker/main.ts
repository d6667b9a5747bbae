/** The worker's entry. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerStart } from '../instance/wire.ts';
import { openBlock } from '../memory/block.ts';
import { DELIVERY_BY_WORKER, takeDelivery } from '../memory/signals.ts';
import { WorkerSession } from './session.ts';

const start = workerData as WorkerStart;
// Otherwise the instance ends, and the thread that made it delivers already.
if (takeDelivery(openBlock(start.signals).words, DELIVERY_BY_WORKER)) {
  const session = await WorkerSession.open(start, parentPort!);
  void session.run();
}
