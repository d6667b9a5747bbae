/**
 * The ring of a black box against a list: which frames it keeps, and which of them it moves.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlackBoxRing, blackBoxBytes } from '../../src/codec/black-box.ts';
import { unitsOf } from '../../src/codec/frames.ts';
import { levelBits, rankIn } from '../../src/codec/head-word.ts';
import { KIND_PAD } from '../../src/codec/layout.ts';
import { LEVELS } from '../../src/record.ts';
import { CONTROL_BYTES, WORD_SEQUENCE } from '../../src/ring/layout.ts';
import { RingReader } from '../../src/ring/reader.ts';
import { RingWriter } from '../../src/ring/writer.ts';

interface Frame {
  readonly id: number;
  readonly units: number;
  readonly rank: number;
}

const WHOLE_RING = LEVELS.map(() => 1);

function ringOf(units: number, onBatch = () => {}) {
  const memory = new SharedArrayBuffer(CONTROL_BYTES + units * 8);
  const writer = new RingWriter(memory, { shares: WHOLE_RING, wakeUnits: Number.MAX_SAFE_INTEGER, onBatch, whenFull: 'refuse' });
  return { memory, writer };
}

/** Writes a frame whose words all tell its id, as an encoder would. */
function write({ writer }: { writer: RingWriter }, { id, units, rank }: Frame): boolean {
  const at = writer.claim(units, rank);
  if (at < 0) return false;
  const { words, control } = writer;
  words.fill(id, at * 2, (at + units) * 2);
  words[at * 2] = units | levelBits(rank);
  control[WORD_SEQUENCE]!++;
  words[at * 2 + 4] = control[WORD_SEQUENCE]!;
  writer.commit(at + units);
  return true;
}

/** What a reader of the ring finds. */
function framesIn(memory: SharedArrayBuffer): (Frame & { readonly number: number; readonly isWhole: boolean })[] {
  const reader = new RingReader(memory);
  const { words, capacity } = reader;
  const found: ReturnType<typeof framesIn> = [];
  for (let at = reader.position; at !== reader.peek(); ) {
    if (at === capacity || words[at * 2 + 1] === KIND_PAD) {
      at = 0;
      continue;
    }
    const units = unitsOf(words, at);
    const id = words[at * 2 + 1]!;
    const rest = [...words.subarray(at * 2 + 1, (at + units) * 2)].filter((_, i) => i !== 3);
    found.push({
      id,
      units,
      rank: rankIn(words[at * 2]!),
      number: words[at * 2 + 4]!,
      isWhole: rest.every((word) => word === id),
    });
    at += units;
  }
  return found;
}

const plain = ({ id, units, rank }: Frame): Frame => ({ id, units, rank });
const sizes = fc.array(fc.tuple(fc.integer({ min: 3, max: 60 }), fc.nat(LEVELS.length - 1)), { maxLength: 150, size: 'max' });

test('the newest frames always find room, the oldest go for them, and three quarters of the ring stay in use', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 512, max: 1_024 }), (list, capacity) => {
      const ring = ringOf(capacity, () => box.makeRoom());
      const box = new BlackBoxRing(ring.memory);
      expect(box.isEmpty).toBe(true);
      const written: Frame[] = [];
      for (const [units, rank] of list) {
        const frame = { id: written.length + 1, units, rank };
        expect(write(ring, frame)).toBe(true);
        written.push(frame);
        const kept = framesIn(ring.memory);
        expect(kept.map(plain)).toEqual(written.slice(-kept.length));
        expect(box.records).toBe(kept.length);
        expect(box.isEmpty).toBe(false);
        if (kept.length < written.length) {
          const inUse = kept.reduce((sum, each) => sum + each.units, 0);
          // What may be lacking: the frame that was over the line, and the end of the memory, which a wrap leaves out.
          expect(inUse).toBeGreaterThanOrEqual(capacity - (capacity >> 2) - 2 * 60);
        }
      }
      box.makeRoom();
      const used = framesIn(ring.memory).reduce((sum, each) => sum + each.units, 0);
      expect(used).toBeLessThanOrEqual(capacity - (capacity >> 2));
    }),
    { numRuns: 40 },
  );
});

test('the newest frames, up to the number that is kept, are moved whole, in order and under the other ring’s numbers', () => {
  fc.assert(
    fc.property(sizes, fc.nat(60), fc.integer({ min: 512, max: 2_048 }), fc.boolean(), (list, kept, room, isDropping) => {
      const ring = ringOf(1_024, () => box.makeRoom());
      const box = new BlackBoxRing(ring.memory);
      box.kept = kept;
      list.forEach(([units, rank], i) => {
        write(ring, { id: i + 1, units, rank });
      });
      const before = framesIn(ring.memory).map(plain);
      const chosen = before.slice(Math.max(0, before.length - kept));

      const target = ringOf(room);
      const asked: number[] = [];
      let isRefused = false;
      const moved = box.moveTo(
        target.writer,
        (units, levelRank) => {
          asked.push(levelRank);
          const to = target.writer.claim(units, levelRank);
          if (to < 0) isRefused = true;
          return to;
        },
        isDropping,
      );
      const there = framesIn(target.memory);
      expect(there.map(({ number, isWhole }) => [number, isWhole])).toEqual(there.map((_, i) => [i + 1, true]));
      expect(moved).toBe(there.length);
      const left = framesIn(ring.memory).map(plain);
      expect(box.records).toBe(left.length);
      if (isDropping) {
        expect(asked).toEqual(chosen.map(({ rank }) => rank));
        expect(left).toEqual([]);
        // Those that found no room are gone, and the ring has refused them.
        const ids = new Set(there.map(({ id }) => id));
        expect(there.map(plain)).toEqual(chosen.filter(({ id }) => ids.has(id)));
      } else {
        expect([...there.map(plain), ...left]).toEqual(chosen);
        expect(left.length > 0).toBe(isRefused);
        expect(asked).toHaveLength(there.length + (left.length > 0 ? 1 : 0));
      }
    }),
    { numRuns: 300 },
  );
});

test('no frame is given up while a quarter of the ring is free', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 3, max: 8 }), { maxLength: 127, size: 'max' }), (list) => {
      const capacity = 1_024;
      const ring = ringOf(capacity);
      const box = new BlackBoxRing(ring.memory);
      list.forEach((size, i) => {
        // Frames of eight units fill three quarters exactly.
        write(ring, { id: i + 1, units: list.length > 96 ? 8 : size, rank: 0 });
      });
      const before = framesIn(ring.memory);
      box.makeRoom();
      const kept = framesIn(ring.memory);
      const sum = (frames: typeof kept) => frames.reduce((sum, each) => sum + each.units, 0);
      const given = before.slice(0, before.length - kept.length);
      expect(before.slice(given.length)).toEqual(kept);
      expect(sum(kept)).toBeLessThanOrEqual(0.75 * capacity);
      if (given.length > 0) expect(sum(kept) + given.at(-1)!.units).toBeGreaterThan(0.75 * capacity);
    }),
  );
});

test('a box that is cleared is empty, and its frames refer to the half that it was given', () => {
  const ring = ringOf(512);
  const box = new BlackBoxRing(ring.memory);
  expect(box.half).toBe(0);
  for (const half of [1, 0, 1] as const) {
    write(ring, { id: 1, units: 5, rank: 0 });
    write(ring, { id: 2, units: 5, rank: 0 });
    expect(box.records).toBe(2);
    box.clear(half);
    expect([box.isEmpty, box.records, box.half]).toEqual([true, 0, half]);
  }
  write(ring, { id: 3, units: 5, rank: 0 });
  box.makeRoom();
  expect([box.records, box.half]).toEqual([1, 1]);
});

test('a box has room for the records that it is to keep, of 256 bytes each, with a quarter of the ring free', () => {
  for (const records of [192, 200, 1_000, 1_001]) {
    const bytes = blackBoxBytes(records) - CONTROL_BYTES;
    expect(bytes % 8).toBe(0);
    expect(bytes * 0.75).toBeGreaterThanOrEqual(records * 256);
    expect(bytes * 0.75).toBeLessThan(records * 256 + 8);
  }
  expect(blackBoxBytes(1)).toBe(CONTROL_BYTES + 65_536);
});
