// Threads of the application are started with the same `--import`.
import { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  console.log('from the main thread');
  const worker = new Worker(new URL(import.meta.url));
  await new Promise((resolve) => worker.on('exit', resolve));
} else {
  console.log('from a thread');
}
