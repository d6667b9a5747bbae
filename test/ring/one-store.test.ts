/**
 * A producer or a consumer can die between any two of its stores. So each fact that has two sides is one store. Shown on copies of the memory: every mixture of
 * words from before and after a call is what a death in the middle of it could leave, whatever the order of its stores.
 */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { LEVELS } from '../../src/record.ts';
import { accountOf, pendingIn } from '../../src/ring/account.ts';
import { CONTROL_BYTES, F64_SEQUENCE_TOTAL, I64_RELEASED, WORD_HEAD, WORD_SEQUENCE } from '../../src/ring/layout.ts';
import { RingReader } from '../../src/ring/reader.ts';
import { RingWriter } from '../../src/ring/writer.ts';

const UNITS = 4096;
const FRAME = 4;

/** What a death may leave of a change: each 8-byte word of the control block is the old or the new one. */
function* mixtures(before: SharedArrayBuffer, after: SharedArrayBuffer): Generator<SharedArrayBuffer> {
  const words = (memory: SharedArrayBuffer) => new BigInt64Array(memory, 0, CONTROL_BYTES / 8);
  const changed = [...words(before).keys()].filter((word) => words(before)[word] !== words(after)[word]);
  for (let mixture = 0; mixture < 1 << changed.length; mixture++) {
    const memory = before.slice(0);
    changed.forEach((word, bit) => {
      if ((mixture & (1 << bit)) !== 0) words(memory)[word] = words(after)[word];
    });
    yield memory;
  }
}

function openRing(recordsBefore: number) {
  const memory = new SharedArrayBuffer(CONTROL_BYTES + UNITS * 8);
  const writer = new RingWriter(memory, {
    shares: LEVELS.map(() => 1),
    wakeUnits: Number.MAX_SAFE_INTEGER,
    onBatch: () => {},
    whenFull: 'drop',
  });
  const reader = new RingReader(memory);
  // As after so many records, all of them drained.
  new Float64Array(memory)[F64_SEQUENCE_TOTAL] = recordsBefore;
  writer.control[WORD_SEQUENCE] = recordsBefore | 0;
  reader.release(0, 0, recordsBefore);
  const write = (records: number) => {
    for (let i = 0; i < records; i++) {
      const position = writer.claim(FRAME, 0);
      writer.control[WORD_SEQUENCE]++;
      writer.commit(position + FRAME);
    }
  };
  return { memory, writer, reader, write };
}

const before = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 2 ** 31 - 50, max: 2 ** 32 + 50 }),
  fc.constant(2 ** 40 + 7),
);
const records = fc.integer({ min: 1, max: 200 });

describe('a death between two stores', () => {
  test('of the consumer counts a batch once: it is released and counted, or neither', () => {
    fc.assert(
      fc.property(
        before,
        records,
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(0 as const, 1 as const),
        (start, written, some, half) => {
          const { memory, reader, write } = openRing(start);
          write(written);
          const released = Math.min(some, written);
          const old = memory.slice(0);
          // Position and count share a word of eight bytes, which is written as one.
          const store = vi.spyOn(Atomics, 'store');
          reader.release(released * FRAME, half, released);
          expect(store.mock.calls.map(([words, index]) => [words.constructor, index])).toEqual([[BigInt64Array, I64_RELEASED]]);
          store.mockRestore();
          for (const left of mixtures(old, memory)) {
            const successor = new RingReader(left);
            const isReleased = successor.position === released * FRAME;
            const pending = isReleased ? written - released : written;
            expect(accountOf(left)).toMatchObject({ offered: start + written, accepted: start + written, pending });
            expect(pendingIn(left)).toBe(pending);
            expect(successor.half).toBe(isReleased ? half : 0);
            // The successor takes the rest, and all is counted.
            successor.release(written * FRAME, half, isReleased ? written - released : written);
            expect(accountOf(left)).toMatchObject({ accepted: start + written, pending: 0 });
          }
        },
      ),
    );
  });

  test('of the producer, while it folds its sequence into the total, counts no record twice', () => {
    fc.assert(
      fc.property(before, records, (start, written) => {
        const { memory, writer, write } = openRing(start);
        write(written);
        const old = memory.slice(0);
        writer.claimSlow(writer.control[WORD_HEAD], FRAME, 0);
        for (const left of mixtures(old, memory))
          expect(accountOf(left)).toMatchObject({ offered: start + written, accepted: start + written, pending: written });
      }),
    );
  });
});
