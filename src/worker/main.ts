/** The worker's entry. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerStart } from '../instance/wire.ts';
import { WorkerSession } from './session.ts';

const session = await WorkerSession.open(workerData as WorkerStart, parentPort!);
void session.run();
