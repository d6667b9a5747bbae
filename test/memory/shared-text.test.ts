/** A text in shared memory under several writers and readers at once. */
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { SharedText } from '../../src/memory/shared-text.ts';

const TEXT_OFFSET = 64;
const MEMORY_BYTES = 1024;
const open = (memory: SharedArrayBuffer) => {
  const words = new Int32Array(memory, 0, 16);
  return { words, text: new SharedText(words, 0, 1, new Uint8Array(memory, TEXT_OFFSET)) };
};

describe('a text that threads share', () => {
  test('several threads write at once: every text read is one that was written, whole', async () => {
    const memory = new SharedArrayBuffer(MEMORY_BYTES);
    const { words, text } = open(memory);
    const source = `
      import { workerData } from 'node:worker_threads';
      const { SharedText } = await import(workerData.module);
      const words = new Int32Array(workerData.memory, 0, 16);
      const text = new SharedText(words, 0, 1, new Uint8Array(workerData.memory, ${TEXT_OFFSET}));
      for (let i = 0; i < 20_000; i++) text.write(workerData.letter.repeat(100 + (i % 800)));
      Atomics.add(words, 2, 1);`;
    const module = new URL('../../src/memory/shared-text.ts', import.meta.url).href;
    const workers = ['a', 'b', 'c'].map(
      (letter) =>
        new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { memory, letter, module } }),
    );
    const ended = Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
    const seen = new Set<string>();
    while (Atomics.load(words, 2) < workers.length) {
      for (let i = 0; i < 200; i++) {
        const found = text.read()?.text ?? '';
        if (found === '') continue;
        expect(found).toBe(found[0]!.repeat(found.length));
        seen.add(found[0]!);
      }
      await new Promise(setImmediate);
    }
    expect(await ended).toEqual([0, 0, 0]);
    expect(text.version).toBe(2 * 3 * 20_000);
    expect(seen.size).toBeGreaterThan(0);
  });

  test('a writer that has died in the middle of its text does not stop the next one', () => {
    const { words, text } = open(new SharedArrayBuffer(MEMORY_BYTES));
    text.write('before');
    words[0] |= 1; // where it died
    expect(text.read()).toBe(undefined);
    text.write('after');
    expect(text.read()?.text).toBe('after');
    expect(text.version & 1).toBe(0);
  });
});
