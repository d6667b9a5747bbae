/** A thread that is terminated in the middle of a logging call has claimed a number and committed nothing. Seen: a flush reported `{ complete: true, pending: 1 }`. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEVELS } from '../../src/record.ts';
import { accountOf, pendingIn } from '../../src/ring/account.ts';
import { CONTROL_BYTES, WORD_CLOSED, WORD_SEQUENCE } from '../../src/ring/layout.ts';
import { RingReader } from '../../src/ring/reader.ts';
import { RingWriter } from '../../src/ring/writer.ts';

test('once its ring is drained nothing is pending, and accepted is what was taken from it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.boolean(), fc.boolean(), (records, isTorn, isDrained) => {
      const memory = new SharedArrayBuffer(CONTROL_BYTES + 4096);
      const writer = new RingWriter(memory, { shares: LEVELS.map(() => 1), wakeUnits: 64, onBatch: () => {}, whenFull: 'drop' });
      const control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
      for (let i = 0; i < records; i++) {
        const at = writer.claim(2, 3);
        control[WORD_SEQUENCE]++;
        writer.commit(at + 2);
      }
      if (isTorn) control[WORD_SEQUENCE]++;
      Atomics.store(control, WORD_CLOSED, 1); // as the thread that has seen its end does
      const reader = new RingReader(memory);
      if (isDrained) reader.release(reader.peek(), 0, records);
      const isOver = isDrained || records === 0;
      const left = isOver ? 0 : records + Number(isTorn);
      expect(pendingIn(memory)).toBe(left);
      const { offered, accepted, pending, dropped } = accountOf(memory);
      expect({ offered, accepted, pending }).toEqual({
        offered: isOver ? records : records + Number(isTorn),
        accepted: isOver ? records : records + Number(isTorn),
        pending: left,
      });
      expect(dropped.flat().every((count) => count === 0)).toBe(true);
    }),
  );
});
