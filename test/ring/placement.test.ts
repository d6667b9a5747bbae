/**
 * Where a ring puts a frame and when it has no room, against memory as a list of cells; and what its account says of that. Rings of some thousand units, because
 * a small one never takes the fast path. Written for what mutation testing found: changes of these conditions that no test noticed.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEVEL_COUNT, LEVELS } from '../../src/record.ts';
import { accountOf, keepAccount, pendingIn } from '../../src/ring/account.ts';
import { CONTROL_BYTES, REASON_CLOSED, REASON_RING_FULL, WORD_SEQUENCE } from '../../src/ring/layout.ts';
import { RingReader } from '../../src/ring/reader.ts';
import { FAST_CLAIM_UNITS, REFUSED, RingWriter } from '../../src/ring/writer.ts';

const WHOLE: readonly number[] = LEVELS.map(() => 1);
const PAD = -1;
const TOP_LEVEL = LEVEL_COUNT - 1;

interface Ring {
  readonly memory: SharedArrayBuffer;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  /** Calls of `onBatch`. */
  readonly batches: () => number;
  readonly marks: { first: number; dropped: number[] }[];
}

function ringOf(capacity: number, shares: readonly number[], whenFull: 'drop' | 'refuse', wakeUnits = 512): Ring {
  const memory = new SharedArrayBuffer(CONTROL_BYTES + capacity * 8);
  const marks: Ring['marks'] = [];
  let batches = 0;
  const writer = new RingWriter(memory, {
    shares,
    wakeUnits,
    onBatch: () => batches++,
    whenFull,
    loss: {
      units: 1,
      write: (at, first, dropped) => {
        writer.words[at * 2] = 1;
        writer.words[at * 2 + 1] = 0;
        marks.push({ first, dropped: [...dropped] });
      },
    },
  });
  return { memory, writer, reader: new RingReader(memory), batches: () => batches, marks };
}

/** Writes a frame as the encoder does: number, then commit. Its length is all it holds. */
function write(writer: RingWriter, units: number, rank: number): number {
  const at = writer.claim(units, rank);
  if (at === REFUSED) return REFUSED;
  writer.control[WORD_SEQUENCE] = (writer.control[WORD_SEQUENCE] + 1) | 0;
  writer.words[at * 2] = units;
  writer.words[at * 2 + 1] = 0;
  writer.commit(at + units);
  return at;
}

/** Releases the oldest frames; of how many units each was. */
function read(reader: RingReader, most = Number.POSITIVE_INFINITY): number {
  let at = reader.position;
  const head = reader.peek();
  let count = 0;
  while (at !== head && count < most) {
    if (at === reader.capacity || reader.words[at * 2 + 1] === PAD) {
      at = 0;
      continue;
    }
    at += reader.words[at * 2];
    count++;
  }
  reader.release(at, 0, count);
  return count;
}

/** A ring as a list of cells: every unit between tail and head is in use, a frame stands in one stretch. */
class Cells {
  readonly #cells: boolean[];
  #head = 0;
  #tail = 0;

  constructor(capacity: number) {
    this.#cells = new Array(capacity).fill(false);
  }

  get inUse(): number {
    return this.#cells.filter(Boolean).length;
  }

  get head(): number {
    return this.#head;
  }

  /** Where a frame must stand if at most `allowed` cells may then be in use. */
  place(units: number, allowed: number): number {
    const capacity = this.#cells.length;
    const wraps = this.#head + units > capacity;
    const at = wraps ? 0 : this.#head;
    const wasted = wraps ? capacity - this.#head : 0;
    if (this.inUse + wasted + units > allowed) return REFUSED;
    if (this.#cells.slice(at, at + units).includes(true)) return REFUSED;
    this.#cells.fill(true, this.#head, this.#head + wasted);
    this.#cells.fill(true, at, at + units);
    this.#head = at + units;
    return at;
  }

  /** Everything up to `position` is free. */
  release(position: number): void {
    while (this.#tail !== position) {
      if (this.#tail === this.#cells.length) this.#tail = 0;
      else this.#cells[this.#tail++] = false;
    }
  }
}

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ units: fc.integer({ min: 1, max: 40 }), rank: fc.nat(TOP_LEVEL) }) },
  { weight: 2, arbitrary: fc.record({ units: fc.integer({ min: 41, max: 400 }), rank: fc.nat(TOP_LEVEL) }) },
  { weight: 1, arbitrary: fc.record({ aside: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ read: fc.integer({ min: 0, max: 12 }) }) },
);

describe('a ring takes a frame exactly if it has room for its level', () => {
  const share = fc.double({ min: 0.05, max: 1, noNaN: true });
  const shares = fc.array(share, { minLength: LEVEL_COUNT, maxLength: LEVEL_COUNT });

  test('at the place where a list of cells puts it, on the fast path and off it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 4000 }),
        shares,
        fc.integer({ min: 1, max: 1000 }),
        fc.array(action, { minLength: 40, maxLength: 300 }),
        (capacity, levels, wakeUnits, actions) => {
          const { writer, reader, memory } = ringOf(capacity, levels, 'refuse', wakeUnits);
          const cells = new Cells(capacity);
          const allowed = levels.map((part) => Math.min(capacity - 1, Math.floor(part * capacity)));
          let taken = 0;
          let asides = 0;
          let released = 0;
          for (const each of actions) {
            if ('read' in each) {
              released += read(reader, each.read);
              cells.release(reader.position);
            } else if ('aside' in each) {
              const units = Math.min(each.aside, writer.maxUnits);
              const at = writer.claimAside(units);
              expect(at).toBe(cells.place(units, capacity - 1));
              if (at === REFUSED) continue;
              writer.words[at * 2] = units;
              writer.words[at * 2 + 1] = 0;
              writer.commit(at + units);
              asides++;
            } else {
              const units = Math.min(each.units, writer.maxUnits);
              const at = write(writer, units, each.rank);
              expect(at).toBe(cells.place(units, allowed[each.rank]));
              if (at !== REFUSED) taken++;
            }
            expect(writer.control[0]).toBe(cells.head);
          }
          const { offered, accepted, fill } = accountOf(memory);
          expect({ offered, accepted }).toEqual({ offered: taken, accepted: taken });
          expect(fill).toBeCloseTo(cells.inUse / capacity, 10);
          expect(released).toBeLessThanOrEqual(taken + asides);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('a frame longer than the fast path may take asks for its room', () => {
    const { writer } = ringOf(4096, WHOLE, 'refuse', 4096);
    write(writer, 1, 0);
    // The fast path's limit is this far from the end; a longer frame would stand beyond it.
    while (writer.control[0] <= writer.limits[0]) write(writer, 32, 0);
    expect(4096 - writer.control[0]).toBeLessThan(FAST_CLAIM_UNITS);
    expect(write(writer, 400, 0)).toBe(REFUSED);
  });
});

describe('the slow path of a claim', () => {
  test('wakes the reader at least once in `wakeUnits`, and is not taken in between', () => {
    const { writer, reader, batches } = ringOf(65_536, WHOLE, 'refuse', 512);
    const frames = 4000;
    for (let i = 0; i < frames; i++) {
      expect(write(writer, 8, 1)).not.toBe(REFUSED);
      if (i % 16 === 0) read(reader);
    }
    // Each time it is taken the next 512 units are free of it, and it may be taken once more where the ring wraps.
    expect(batches()).toBeGreaterThanOrEqual(Math.floor((frames * 8) / (512 + 8)));
    expect(batches()).toBeLessThanOrEqual(Math.ceil((frames * 8) / 512) + 2);
  });

  test('is taken again after a frame that is no record, which may have moved the head to the start', () => {
    const { writer, reader } = ringOf(2048, WHOLE, 'refuse');
    while (write(writer, 64, 0) !== REFUSED);
    read(reader);
    write(writer, 4, 0);
    expect(writer.claimAside(4)).not.toBe(REFUSED);
    expect([...writer.limits]).toEqual(WHOLE.map(() => REFUSED));
  });

  test('a refused frame that is no record changes nothing', () => {
    const { writer, memory } = ringOf(64, WHOLE, 'drop');
    while (writer.claimAside(8) !== REFUSED) writer.commit(writer.control[0] + 8);
    expect(accountOf(memory)).toMatchObject({ offered: 0, accepted: 0 });
    writer.close();
    expect(writer.claimAside(1)).toBe(REFUSED);
  });
});

describe('losses', () => {
  test('a record that comes after one that was refused has their mark before it, however much room there is', () => {
    const { writer, reader, marks } = ringOf(4000, [0.5, ...WHOLE.slice(1)], 'drop');
    while (write(writer, 20, 0) !== REFUSED);
    const firstRefused = writer.control[WORD_SEQUENCE];
    write(writer, 20, 0);
    expect(marks).toEqual([]);
    const before = writer.control[0];
    expect(write(writer, 20, TOP_LEVEL)).toBe(before + 1);
    expect(marks).toEqual([{ first: firstRefused, dropped: [2, 0, 0, 0, 0, 0] }]);
    // Read and written on: nothing is marked twice.
    read(reader);
    write(writer, 20, 0);
    writer.settle();
    expect(marks).toHaveLength(1);
  });

  test('a number that has wrapped to 0 is named as 1, because 0 means no loss', () => {
    const { writer, marks, reader } = ringOf(512, WHOLE, 'drop');
    let fit = 0;
    while (write(writer, 8, 1) !== REFUSED) fit++;
    read(reader);
    writer.settle();
    read(reader);
    // The frames that fit use the numbers up to -1, and the one that is refused would be 0.
    writer.control[WORD_SEQUENCE] = -1 - fit;
    while (write(writer, 8, 1) !== REFUSED);
    read(reader);
    writer.settle();
    expect(marks.at(-1)?.first).toBe(1);
  });

  test('what was not marked when the ring is closed is marked then', () => {
    const { writer, reader, marks } = ringOf(4000, WHOLE, 'drop');
    while (write(writer, 20, 2) !== REFUSED);
    read(reader);
    writer.close();
    expect(marks.map(({ dropped }) => dropped)).toEqual([[0, 0, 1, 0, 0, 0]]);
    writer.settle();
    expect(marks).toHaveLength(1);
  });

  test('after the end nothing is taken, and nothing is marked that nobody would read', () => {
    const { writer, memory, marks } = ringOf(4000, WHOLE, 'drop');
    write(writer, 20, 2);
    writer.close();
    expect(write(writer, 20, 2)).toBe(REFUSED);
    expect(accountOf(memory).dropped[2][REASON_CLOSED]).toBe(1);
    writer.settle();
    expect(marks).toEqual([]);
  });

  test('a caller that could not keep a refused record either has it counted', () => {
    const { writer, memory } = ringOf(64, WHOLE, 'refuse');
    writer.countLoss(3);
    expect(accountOf(memory).dropped[3][REASON_RING_FULL]).toBe(1);
    writer.close();
    writer.countLoss(4);
    expect(accountOf(memory).dropped[4][REASON_CLOSED]).toBe(1);
    expect(accountOf(memory)).toMatchObject({ offered: 2, accepted: 0, pending: 0 });
  });
});

describe('the account of a ring', () => {
  test('says how many records wait, how full it is and how full it has been', () => {
    const { writer, reader, memory } = ringOf(1000, WHOLE, 'drop');
    for (let i = 0; i < 6; i++) write(writer, 100, 1);
    expect(accountOf(memory)).toMatchObject({ offered: 6, accepted: 6, pending: 6, fill: 0.6 });
    expect(pendingIn(memory)).toBe(6);
    read(reader, 5);
    expect(accountOf(memory)).toMatchObject({ accepted: 6, pending: 1, fill: 0.1 });
    // The producer has not looked since the ring was that full.
    expect(accountOf(memory).highWater).toBe(0.1);
    for (let i = 0; i < 7; i++) write(writer, 100, 1); // wraps
    expect(accountOf(memory)).toMatchObject({ pending: 8, fill: 0.8 });
    while (write(writer, 100, 1) !== REFUSED);
    write(writer, 100, 1);
    const { offered, accepted, pending } = accountOf(memory);
    expect(offered - accepted).toBe(2);
    expect(pendingIn(memory)).toBe(pending);
    for (let rank = 0; rank < LEVEL_COUNT; rank++) expect(write(writer, 100, rank)).toBe(REFUSED);
    expect(pendingIn(memory)).toBe(pending);
    read(reader);
    expect(accountOf(memory)).toMatchObject({ pending: 0, fill: 0, highWater: 0.9 });
    expect(pendingIn(memory)).toBe(0);
  });

  test('the end of the producer notes how full the ring was', () => {
    const { writer, reader, memory } = ringOf(4000, WHOLE, 'drop', 4000);
    for (let i = 0; i < 20; i++) write(writer, 100, 1);
    writer.close();
    read(reader);
    expect(accountOf(memory).highWater).toBe(0.5);
  });

  test('a number that was claimed and never committed is no record once the ring is closed and drained', () => {
    const { writer, reader, memory } = ringOf(1000, WHOLE, 'drop');
    write(writer, 10, 1);
    writer.control[WORD_SEQUENCE]++;
    read(reader);
    expect([accountOf(memory).pending, pendingIn(memory)]).toEqual([1, 1]);
    writer.close();
    expect([accountOf(memory).pending, pendingIn(memory)]).toEqual([0, 0]);
    expect(accountOf(memory).accepted).toBe(1);
  });

  test('of a closed ring that is not drained counts what waits', () => {
    const { writer, memory } = ringOf(1000, WHOLE, 'drop');
    write(writer, 10, 1);
    writer.close();
    expect([accountOf(memory).pending, pendingIn(memory)]).toEqual([1, 1]);
  });

  test('outlives the ring in its control block', () => {
    const { writer, reader, memory } = ringOf(1000, WHOLE, 'drop');
    for (let i = 0; i < 3; i++) write(writer, 10, 1);
    read(reader);
    writer.close();
    const kept = new SharedArrayBuffer(CONTROL_BYTES);
    keepAccount(memory, kept);
    expect(accountOf(kept)).toMatchObject({ offered: 3, accepted: 3, pending: 0, fill: 0, highWater: 0 });
  });
});

describe('a reader', () => {
  test('refuses memory of another format', () => {
    const { memory } = ringOf(64, WHOLE, 'drop');
    expect(() => new RingReader(new SharedArrayBuffer(CONTROL_BYTES + 64))).toThrow(
      expect.objectContaining({ code: 'HFT_RING_FORMAT', message: expect.stringContaining('format 0, this reader knows') }),
    );
    expect(new RingReader(memory).capacity).toBe(64);
  });

  test('is finished when the producer has ended and everything is released', () => {
    const { writer, reader } = ringOf(64, WHOLE, 'drop');
    expect(reader.finished).toBe(false);
    write(writer, 8, 1);
    writer.close();
    expect(reader.finished).toBe(false);
    read(reader);
    expect(reader.finished).toBe(true);
  });

  test('tells the dictionary half that it has reached, beside the position', () => {
    const { writer, reader } = ringOf(64, WHOLE, 'drop');
    write(writer, 8, 1);
    expect([reader.half, writer.readersHalf]).toEqual([0, 0]);
    reader.release(8, 1, 1);
    expect([reader.half, writer.readersHalf, reader.position]).toEqual([1, 1, 8]);
    expect(reader.finished).toBe(false);
  });
});
