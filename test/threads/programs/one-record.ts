/** Writes one record and an audit event, and ends: at once, when it is told to go on, or in another way. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { onExit } from 'signal-exit';
import { getLogger } from '../../../src/index.ts';

export type Way = keyof typeof WAYS;

const { i, way, gate } = workerData as { i: number; way: Way; gate?: Int32Array };
const onExit3 = createRequire(import.meta.url)('signal-exit-3') as typeof onExit;
const log = getLogger('thread');
function write(): void {
  log.info('from a thread', { i });
  log.audit('thread_started', { i });
}

function waitAnd(run: () => void): void {
  parentPort!.postMessage('there');
  parentPort!.once('message', () => {
    run();
    parentPort!.close();
  });
}

/** So many clean-ups that take themselves off the list while they run. The first one writes; of the fourth version, some of the others never run. */
function cleanUpOnce(addCleanUp: typeof onExit, count: number): void {
  for (let each = 0; each < count; each++) {
    const remove = addCleanUp(
      () => {
        remove();
        if (each === 0) write();
      },
      { alwaysLast: true },
    );
  }
}

/** Writes in a handler of `exit`, which then does `then`. */
function atExit(then: () => void): void {
  process.on('exit', () => {
    write();
    then();
  });
}

const WAYS = {
  'log and end': write,
  'log and wait': () => {
    write();
    waitAnd(() => {});
  },
  'wait and log': () => waitAnd(write),
  'clean up': () => onExit(write),
  'clean up once': () => cleanUpOnce(onExit, i + 1),
  'clean up once, by version 3': () => cleanUpOnce(onExit3, i + 1),
  'exit in a handler of exit': () => atExit(() => process.exit(9)),
  'throw in a handler of exit': () =>
    atExit(() => {
      throw new Error('on purpose');
    }),
};

WAYS[way]();
if (gate !== undefined) {
  Atomics.add(gate, 0, 1);
  Atomics.notify(gate, 0);
  // Without a turn of the event loop, so that it does not learn of an instance.
  Atomics.wait(gate, 1, 0);
}
