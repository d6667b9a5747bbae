/** The worker's entry. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { WorkerSeat, WorkerStart } from '../instance/wire.ts';
import { openBlock } from '../memory/block.ts';
import { DELIVERY_BY_WORKER, takeDelivery } from '../memory/signals.ts';
import { WorkerSession } from './session.ts';

const port = parentPort!;
// This thread is started before the instance is made. By now it mostly is.
Atomics.wait((workerData as WorkerSeat).hftOtelGate, 0, 0);
const start = receiveMessageOnPort(port)!.message as WorkerStart;
// Otherwise the instance ends, and the thread that made it delivers already.
if (takeDelivery(openBlock(start.signals).words, DELIVERY_BY_WORKER)) {
  const session = await WorkerSession.open(start, port);
  void session.run();
}
