/**
 * A thread that has no turn while the main thread configures a second time, in one of the ways of the test beside it. It logs when it is told to, by a
 * shared word, and prints how many records there were.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { configureLogging, flushLogging, getLogger } from '../../../src/index.ts';

/** Records of each kind that a thread logs for each step it may take. */
const RECORDS = 100;

const MAY_STEP = 0;
const STEPPED = 1;
/** How the thread is to end, when it is: after a turn of its loop, or in the one it is in. */
const MAY_END = 2;
const AFTER_A_TURN = 1;
const AT_ONCE = 2;

interface Given {
  readonly steps: SharedArrayBuffer;
  readonly name: string;
  /** Loads the package, as a thread that has other things to do first. */
  readonly late: boolean;
}

if (isMainThread) {
  const [folder, way] = process.argv.slice(2);
  const configure = (name: string, closing = false) =>
    configureLogging({
      exitTimeoutMillis: 20_000,
      backends: {
        file: { path: `${folder}/logs-${name}.jsonl`, rotation: 'none', level: 'debug' },
        audit: { path: `${folder}/audit-${name}.jsonl`, rotation: 'none' },
        ...(closing && { closing: { module: new URL('./slow-to-close.ts', import.meta.url), options: { folder } } }),
      },
    });
  const start = (name: string, late = false) => {
    const steps = new Int32Array(new SharedArrayBuffer(12));
    const thread = new Worker(new URL(import.meta.url), { workerData: { steps: steps.buffer, name, late } satisfies Given });
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    const step = async () => {
      const before = Atomics.load(steps, STEPPED);
      Atomics.add(steps, MAY_STEP, 1);
      Atomics.notify(steps, MAY_STEP);
      while (Atomics.load(steps, STEPPED) === before) await sleep(1);
    };
    const end = (how = AFTER_A_TURN) => {
      Atomics.store(steps, MAY_END, how);
      Atomics.add(steps, MAY_STEP, 1);
      Atomics.notify(steps, MAY_STEP);
      return ended;
    };
    return { step, end };
  };
  const ownAudits = (name: string) => {
    for (let i = 0; i < RECORDS; i++) getLogger('main').audit('counted', { id: `${name}.${i}` });
  };
  const ways: Readonly<Record<string, () => Promise<void>>> = {
    async 'goes on'() {
      const first = configure('first');
      await first.ready;
      const { step, end } = start('thread');
      await step();
      ownAudits('first');
      await configure('second').ready;
      await first.shutdown();
      ownAudits('second');
      await step();
      await flushLogging();
      await step();
      await end();
    },
    async 'comes while the first one closes'() {
      const first = configure('first', true);
      await first.ready;
      const { step, end } = start('thread');
      await step();
      await configure('second').ready;
      while (!existsSync(`${folder}/closing`)) await sleep(5);
      await step();
      await end();
      writeFileSync(`${folder}/go`, '');
      await first.shutdown();
    },
    async 'loads the package after the second one'() {
      const first = configure('first');
      await first.ready;
      const { step, end } = start('thread', true);
      await configure('second').ready;
      await first.shutdown();
      await step();
      await end();
    },
    async 'ends without having heard of either'() {
      const { step, end } = start('thread');
      await step();
      const first = configure('first');
      await first.ready;
      const other = start('other');
      await other.step(); // without a turn: the first one waits for it
      await configure('second').ready;
      await step();
      await end(AT_ONCE);
      await other.end();
      await first.shutdown();
    },
  };
  await ways[way!]!();
  const report = await flushLogging({ timeoutMillis: 20_000 });
  console.log(JSON.stringify({ report, records: RECORDS }));
} else {
  const { steps: memory, name, late } = workerData as Given;
  const steps = new Int32Array(memory);
  if (late) Atomics.wait(steps, MAY_STEP, 0);
  const { getLogger: loggerOf } = await import('../../../src/index.ts');
  const log = loggerOf(name);
  for (let step = 0, i = 0; ; step++) {
    if (!late || step > 0) Atomics.wait(steps, MAY_STEP, step);
    if (Atomics.load(steps, MAY_END) !== 0) break;
    for (const end = i + RECORDS; i < end; i++) {
      log.info('counted', { id: `${name}.${i}` });
      log.audit('counted', { id: `${name}.${i}` });
    }
    Atomics.add(steps, STEPPED, 1);
  }
  if (Atomics.load(steps, MAY_END) === AT_ONCE) process.exit();
  await sleep(50);
}
