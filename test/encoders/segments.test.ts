import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeHex } from '../../src/encoders/hex.ts';
import { ScratchText } from '../../src/encoders/scratch-text.ts';
import { SEGMENT_SLACK, type Segment, textSegment, writeSegment, writeUnits } from '../../src/encoders/segment.ts';
import { SequenceRun } from '../../src/encoders/sequence-run.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 60 });

test('segments keep their bytes, however many are made, and are padded with zeros to whole units', () => {
  const made: [string, Segment][] = fc
    .sample(fc.oneof({ weight: 50, arbitrary: text }, { weight: 1, arbitrary: fc.constant('long '.repeat(15_000)) }), 3_000)
    .map((each) => [each, textSegment(each)]);
  for (const [each, segment] of made) {
    const bytes = Buffer.from(each);
    const units = new Uint8Array(segment.units.buffer, segment.units.byteOffset, segment.units.byteLength);
    expect(segment.length).toBe(bytes.length);
    expect(Buffer.compare(segment.bytes, bytes)).toBe(0);
    expect(units.length).toBe(Math.max(16, Math.ceil(bytes.length / 8) * 8));
    expect(units.subarray(bytes.length).every((byte) => byte === 0)).toBe(true);
  }
});

test('a segment is written whole, and no more than the slack beyond it is touched', () => {
  fc.assert(
    fc.property(text, fc.nat(9), (each, at) => {
      const bytes = Buffer.from(each);
      const memory = Buffer.alloc(at + bytes.length + SEGMENT_SLACK, 0xf1);
      const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
      const end = writeSegment(view, at, textSegment(each));
      expect(end).toBe(at + bytes.length);
      expect(memory.toString('utf8', at, end)).toBe(each);
      expect(memory.subarray(0, at).every((byte) => byte === 0xf1)).toBe(true);
    }),
  );
});

test('bytes are copied in whole units, from any unit, and no more than a unit beyond them is touched', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 70 }), fc.nat(5), (bytes, unit) => {
      const units = new BigInt64Array(unit + Math.ceil(bytes.length / 8));
      new Uint8Array(units.buffer).set(bytes, unit * 8);
      const memory = Buffer.alloc(Math.ceil(bytes.length / 8) * 8);
      const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
      expect(writeUnits(view, 0, units, unit, bytes.length)).toBe(bytes.length);
      expect(Buffer.compare(memory.subarray(0, bytes.length), bytes)).toBe(0);
    }),
  );
});

test('a text of any length finds room, also where it first does not', () => {
  const scratch = new ScratchText();
  const lengths = [0, 1, 1365, 1366, 1367, 4096, 5461, 5462, 10_923, 50_000, 3];
  for (const length of lengths) {
    for (const character of ['a', 'ü', '価']) {
      const each = character.repeat(length);
      const bytes = scratch.set(each);
      expect(Buffer.from(scratch.units.buffer, 0, bytes).toString()).toBe(each);
    }
  }
  expect(scratch.units.byteLength).toBe(2 ** 18);
});

test('bytes as hexadecimal digits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(3), fc.nat(3), (bytes, at, from) => {
      const length = Math.max(0, bytes.length - from);
      const memory = Buffer.alloc(at + 2 * length);
      const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
      expect(writeHex(view, at, bytes, from, length)).toBe(memory.length);
      expect(memory.toString('latin1', at)).toBe(Buffer.from(bytes).toString('hex', from));
    }),
  );
});

test('numbers of a run are whole, wherever their low 32 bits wrap', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 20 }), (first, steps) => {
      fc.pre(first > 5_000 && first < Number.MAX_SAFE_INTEGER - 5_000);
      const low = (full: number) => Number(BigInt.asIntN(32, BigInt(full)));
      let asked = 0;
      const run = new SequenceRun((each) => {
        asked++;
        expect(each).toBe(low(first));
        return first;
      });
      run.start(low(first));
      for (const step of steps) expect(run.of(low(first + step))).toBe(first + step);
      expect(asked).toBe(1);
    }),
  );
});
