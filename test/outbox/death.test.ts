/**
 * Real workers, ended at any moment: what they leave in shared memory is enough for their successors.
 */
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { outboxAccount, outboxBytes } from '../../src/delivery/outbox.ts';
import { BackendCounters, countersBytes } from '../../src/health/counters.ts';
import { numbersOf, scratch, textOf, upTo } from '../backends/file-support.ts';
import { randomOf } from '../support/random.ts';
import { SEED } from '../support/seed.ts';
import type { WriterStart } from './writer.worker.ts';

const LINES = 60_000;
const SLOT_BYTES = 32 * 1024;
const DEATHS = 25;

const random = randomOf(SEED);

describe('a worker that dies', () => {
  test('25 times under load: every line is in the file, whole; a death repeats at most the batch that was being written and one that was being encoded', async () => {
    const directory = scratch();
    const start: WriterStart = {
      outbox: new SharedArrayBuffer(outboxBytes(8 * SLOT_BYTES, SLOT_BYTES)),
      counters: new SharedArrayBuffer(countersBytes(1)),
      tail: new SharedArrayBuffer(4),
      path: `${directory.path}/app.log`,
      lines: LINES,
      slotBytes: SLOT_BYTES,
    };
    const tail = new Int32Array(start.tail);
    let deaths = 0;
    let complete: unknown;
    while (complete === undefined) {
      const worker = new Worker(new URL('./writer.worker.ts', import.meta.url), { workerData: start });
      const done = once(worker, 'message').then(([message]) => {
        complete = message;
      });
      done.catch(() => {});
      // Its end comes after it has encoded a random number of lines, wherever it then is; the last one lives.
      const end = deaths < DEATHS ? Atomics.load(tail, 0) + random() * ((2 * LINES) / (DEATHS + 5)) : Infinity;
      while (complete === undefined && Atomics.load(tail, 0) < end) await Promise.race([done, setTimeout(1)]);
      if (complete === undefined) deaths++;
      await worker.terminate();
    }
    const text = textOf(start.path);
    directory.remove();
    expect(complete).toBe(true);
    expect(deaths).toBeGreaterThan(DEATHS / 2);
    const numbers = numbersOf('a', text);
    expect([...new Set(numbers)].sort((left, right) => left - right)).toEqual(upTo(LINES));
    // Lines go forward, but for a step back at each death.
    const steps = numbers.filter((number, index) => index > 0 && number !== numbers[index - 1]! + 1);
    expect(steps.length).toBeLessThanOrEqual(deaths);
    const account = new BackendCounters(start.counters, 0).read();
    expect(outboxAccount(start.outbox).records).toBe(0);
    expect(account.counts.taken).toBe(account.counts.delivered);
    expect(account.counts.delivered).toBeGreaterThanOrEqual(LINES);
    expect(numbers.length).toBeGreaterThanOrEqual(account.counts.delivered);
    expect(numbers.length - LINES).toBeLessThanOrEqual(deaths * (SLOT_BYTES / 8 + 200));
  });
});
