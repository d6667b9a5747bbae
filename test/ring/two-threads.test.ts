import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { CONTROL_BYTES } from '../../src/ring/layout.ts';
import { RingReader } from '../../src/ring/reader.ts';

describe('a ring between two real threads', () => {
  test.each([
    { units: 1024, name: 'a small ring that is nearly always full' },
    { units: 65_536, name: 'a ring of half a megabyte' },
  ])('$name: every record of the real encoder arrives, none torn, doubled or out of order', async ({ units }) => {
    const ring = new SharedArrayBuffer(CONTROL_BYTES + units * 8);
    const dictionary = new SharedArrayBuffer(64 + 65_536);
    const records = units < 10_000 ? 300_000 : 2_000_000;
    const producer = new Worker(new URL('./producer-thread.ts', import.meta.url), {
      workerData: { ring, dictionary, records },
    });
    const done = new Promise((resolve, reject) => {
      producer.on('message', resolve);
      producer.on('error', reject);
    });
    // The writer stamps the format word when it is made.
    while (Atomics.load(new Int32Array(ring), 3) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const reader = new RingReader(ring);
    let expected = 1;
    let wrong = 0;
    while (expected <= records) {
      let at = reader.position;
      const head = reader.peek();
      let count = 0;
      while (at !== head) {
        if (at === reader.capacity || reader.words[at * 2 + 1] === -1) {
          at = 0;
          continue;
        }
        const sequence = reader.words[at * 2 + 4];
        // unit 3: the price, unit 4: twice the price; see producer-thread.ts
        const price = reader.doubles[at + 3];
        // The first record's message is not in the dictionary yet: its slots stand one further.
        if (sequence !== expected || (sequence > 1 && (price !== sequence + 0.5 || reader.doubles[at + 4] !== price * 2)))
          wrong++;
        expected = sequence + 1;
        at += reader.words[at * 2] & 0xfff;
        count++;
      }
      reader.release(at, 0, count);
      if (count === 0) await null;
    }
    await done;
    await producer.terminate();
    expect(wrong).toBe(0);
    expect(expected).toBe(records + 1);
  });
});
