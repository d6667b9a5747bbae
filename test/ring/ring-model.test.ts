import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEVEL_COUNT, LEVELS } from '../../src/record.ts';
import { accountOf } from '../../src/ring/account.ts';
import { CONTROL_BYTES, F64_SEQUENCE_TOTAL } from '../../src/ring/layout.ts';
import { RingReader } from '../../src/ring/reader.ts';
import { REFUSED, RingWriter } from '../../src/ring/writer.ts';

/** A frame is its length and its number: enough to see whether it came whole, once and in order. */
const UNITS = 0;
const NUMBER = 1;
const PAD = -1;

const WHOLE: readonly number[] = LEVELS.map(() => 1);
/** By rank: each level gets more than the one below it. */
const SHARES: readonly number[] = [0.25, 0.5, 0.75, 0.9, 0.95, 1];

function makeRing(capacity: number, shares = WHOLE, whenFull: 'drop' | 'refuse' = 'drop') {
  const memory = new SharedArrayBuffer(CONTROL_BYTES + capacity * 8);
  const losses: { at: number; first: number; dropped: number[] }[] = [];
  const writer: RingWriter = new RingWriter(memory, {
    shares,
    wakeUnits: 1 << 28,
    onBatch: () => {},
    whenFull,
    loss: {
      units: 1,
      write(position, first, dropped) {
        writer.words[position * 2 + UNITS] = 1;
        writer.words[position * 2 + NUMBER] = -2;
        losses.push({ at: position, first, dropped: [...dropped] });
      },
    },
  });
  return { memory, writer, losses, reader: new RingReader(memory) };
}

function write(writer: RingWriter, units: number, number: number, rank: number): boolean {
  const p = writer.claim(units, rank);
  if (p === REFUSED) return false;
  writer.words[p * 2 + UNITS] = units;
  writer.words[p * 2 + NUMBER] = number;
  for (let i = 1; i < units; i++) writer.words[(p + i) * 2] = number ^ i;
  writer.control[1] = (writer.control[1] + 1) | 0;
  writer.commit(p + units);
  return true;
}

function readAll(reader: RingReader, most = Number.POSITIVE_INFINITY): { number: number; units: number }[] {
  const frames: { number: number; units: number }[] = [];
  let at = reader.position;
  const head = reader.peek();
  while (at !== head && frames.length < most) {
    if (at === reader.capacity || reader.words[at * 2 + NUMBER] === PAD) {
      at = 0;
      continue;
    }
    const units = reader.words[at * 2 + UNITS];
    const number = reader.words[at * 2 + NUMBER];
    for (let i = 1; i < units; i++) expect(reader.words[(at + i) * 2]).toBe(number ^ i);
    frames.push({ number, units });
    at += units;
  }
  reader.release(at, 0, frames.length);
  return frames;
}

describe('a ring against a plain array', () => {
  test('frames come out whole, once, in order, however often a small ring wraps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 80 }),
        fc.array(
          fc.oneof(
            fc.record({ units: fc.integer({ min: 1, max: 10 }), rank: fc.integer({ min: 0, max: LEVEL_COUNT - 1 }) }),
            fc.record({ read: fc.integer({ min: 0, max: 5 }) }),
          ),
          {
            minLength: 50,
            maxLength: 400,
          },
        ),
        (capacity, actions) => {
          const { writer, reader, memory } = makeRing(capacity);
          const model: number[] = [];
          const out: number[] = [];
          let number = 0;
          let refused = 0;
          for (const action of actions) {
            if ('read' in action) out.push(...readAll(reader, action.read).map((frame) => frame.number));
            else {
              const units = Math.min(action.units, writer.maxUnits);
              if (write(writer, units, ++number, action.rank)) model.push(number);
              else refused++;
            }
          }
          out.push(...readAll(reader).map((frame) => frame.number));
          expect(out.filter((each) => each !== -2)).toEqual(model);
          const account = accountOf(memory);
          expect(account.offered).toBe(number);
          expect(account.accepted).toBe(number - refused);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a level never fills more than its share, and what one level is refused a higher one still gets', () => {
    const { writer, reader } = makeRing(1000, SHARES);
    const taken = SHARES.map((_, rank) => {
      let count = 0;
      while (write(writer, 10, count + 1, rank)) count++;
      return count;
    });
    // 1,000 units, frames of ten, and a mark of one in front of the first frame after each refusal.
    expect(taken).toEqual([25, 24, 25, 15, 5, 5]);
    expect(readAll(reader).filter(({ number }) => number === -2)).toHaveLength(4);
  });

  test('every refusal is counted by level, and a mark at the gap says how many', () => {
    const { writer, reader, losses, memory } = makeRing(400, SHARES);
    while (write(writer, 10, 7, 1));
    for (let i = 0; i < 4; i++) write(writer, 10, 8, 0);
    expect(losses).toEqual([]);
    readAll(reader);
    expect(write(writer, 10, 9, 1)).toBe(true);
    expect(losses).toHaveLength(1);
    expect(losses[0].dropped).toEqual([4, 1, 0, 0, 0, 0]);
    expect(readAll(reader).map((frame) => frame.number)).toEqual([-2, 9]);
    const account = accountOf(memory);
    expect(account.offered - account.accepted).toBe(5);
    expect(account.dropped[0][0]).toBe(4);
    expect(account.dropped[1][0]).toBe(1);
  });

  test('in a flood of mixed levels one mark tells of all losses within an eighth of the ring, and the marks add up', () => {
    const { writer, reader, losses, memory } = makeRing(800, SHARES);
    let acceptedUnits = 0;
    for (let i = 0; i < 20_000; i++) {
      if (write(writer, 10, i, i % LEVEL_COUNT)) acceptedUnits += 10;
      if (i % 4 === 0) readAll(reader, 1);
    }
    readAll(reader);
    writer.settle();
    const { offered, accepted } = accountOf(memory);
    expect(offered - accepted).toBeGreaterThan(10_000);
    expect(losses.flatMap(({ dropped }) => dropped).reduce((sum, count) => sum + count, 0)).toBe(offered - accepted);
    expect(losses.length).toBeLessThanOrEqual(acceptedUnits / 100 + 2);
  });

  test('a refusing ring leaves the record and the account to its caller', () => {
    const { writer, memory } = makeRing(64, WHOLE, 'refuse');
    let taken = 0;
    while (write(writer, 8, 1, 1)) taken++;
    expect(taken).toBe(7);
    expect(accountOf(memory)).toMatchObject({ offered: 7, accepted: 7 });
  });

  test('the 32-bit sequence wraps without the account noticing', () => {
    const { writer, reader, memory } = makeRing(64);
    writer.control[1] = 0xffff_fff0 | 0;
    new Float64Array(memory)[F64_SEQUENCE_TOTAL] = 0xffff_fff0;
    for (let i = 0; i < 100; i++) {
      expect(write(writer, 4, i, 1)).toBe(true);
      readAll(reader);
    }
    expect(accountOf(memory).offered).toBe(0xffff_fff0 + 100);
  });

  test('a closed ring refuses, counts why, and keeps what it holds', () => {
    const { writer, reader, memory } = makeRing(64);
    write(writer, 4, 1, 1);
    writer.close();
    expect(write(writer, 4, 2, 3)).toBe(false);
    expect(accountOf(memory).dropped[3][1]).toBe(1);
    expect(reader.finished).toBe(false);
    expect(readAll(reader).map(({ number }) => number)).toEqual([1]);
    expect(reader.finished).toBe(true);
  });
});
