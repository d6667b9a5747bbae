/** Several instances of one process on one port, which end and replace each other. Prints what the page's sum was after each step. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { configureLogging, createLogging, getLogger, type Logging, shutdownLogging } from '../../../src/index.ts';

const [port] = process.argv.slice(2).map(Number);
const config = {
  service: { name: `instances-${port}` },
  diagnosticLevel: 'none',
  backends: { console: { enabled: false }, prometheus: { port } },
} as const;
const sums: (readonly [string, number])[] = [];

async function note(step: string): Promise<void> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  sums.push([step, Number(/^fills_total (.*)$/m.exec(page)?.[1])]);
}

async function opened(): Promise<Logging> {
  const logging = createLogging(config);
  await logging.ready;
  return logging;
}

if (isMainThread) {
  const first = await opened();
  first.getLogger('first').counter('fills_total', 5);
  const thread = new Worker(new URL(import.meta.url), { argv: [`${port}`] });
  await once(thread, 'message');
  await note('thread');
  thread.postMessage('end');
  await once(thread, 'exit');
  await note('thread ended');
  await configureLogging(config).ready;
  getLogger('second').counter('fills_total', 1_000);
  await note('configured');
  const second = configureLogging(config);
  for (let i = 0; i < 5; i++) await note('replaced');
  await second.ready;
  await note('replaced and ready');
  await shutdownLogging();
  await note('replacement ended');
  const third = await opened();
  third.getLogger('third').counter('fills_total', 10_000);
  await note('third');
  await first.shutdown();
  let isServed = false;
  while (!isServed)
    isServed = await note('first ended').then(
      () => true,
      () => false,
    );
  await third.shutdown();
  console.log(JSON.stringify(sums));
} else {
  const logging = await opened();
  logging.getLogger('thread').counter('fills_total', 100);
  parentPort!.postMessage('counted');
  await once(parentPort!, 'message');
  await logging.shutdown();
  process.exit(0);
}
