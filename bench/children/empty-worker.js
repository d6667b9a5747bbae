/**
 * The least that a thread takes to start: an empty worker. Says how long it took, from before it was made until it has run.
 */
import { Worker } from 'node:worker_threads';

const started = performance.now();
const worker = new Worker('require("node:worker_threads").parentPort.postMessage(0)', { eval: true });
await new Promise((resolve) => worker.once('message', resolve));
process.send({ startMillis: performance.now() - started });
process.disconnect();
