/** A thread flushes while the collector is away, and tells what the report says; the main thread has the instance. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { configureLogging, flushLogging, getLogger } from '../../../src/index.ts';

if (isMainThread) {
  const logging = configureLogging({
    exitTimeoutMillis: 100,
    backends: { otlp: { logsEndpoint: 'http://127.0.0.1:9/v1/logs' } },
  });
  await logging.ready;
  const thread = new Worker(new URL(import.meta.url));
  thread.on('message', (report) => console.log(JSON.stringify(report)));
  await new Promise((resolve) => thread.on('exit', resolve));
} else {
  const log = getLogger('in a thread');
  for (let i = 0; i < 3; i++) log.info('tick', { i });
  parentPort!.postMessage(await flushLogging({ timeoutMillis: 300 }));
}
