/**
 * The outbox against a plain list, with deaths between any two stores.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Outbox, type OutboxSlot, outboxAccount, outboxBytes } from '../../src/delivery/outbox.ts';
import { recordsOf } from '../../src/health/tally.ts';
import { infos } from '../support/counters.ts';

const RECORD_BYTES = 8;

/** Appends records with these ids as one commit; answers how many found room. */
function append(outbox: Outbox, ids: readonly number[]): number {
  if (!outbox.claim()) return 0;
  const { output } = outbox;
  let taken = 0;
  for (const id of ids) {
    if (output.limit - output.position < RECORD_BYTES) break;
    output.view.setFloat64(output.position, id, true);
    output.position += RECORD_BYTES;
    taken++;
  }
  outbox.commit({ tally: infos(taken) });
  // What an encoder leaves beyond its last whole record.
  output.bytes.fill(0xee, output.position, output.limit);
  return taken;
}

function idsOf(slot: OutboxSlot): number[] {
  const view = new DataView(slot.bytes.buffer, slot.bytes.byteOffset, slot.bytes.byteLength);
  return Array.from({ length: slot.bytes.length / RECORD_BYTES }, (_, at) => view.getFloat64(at * RECORD_BYTES, true));
}

function takeAll(outbox: Outbox): number[] {
  const ids: number[] = [];
  for (let slot = outbox.take(true); slot !== undefined; slot = outbox.take(true)) ids.push(...idsOf(slot));
  return ids;
}

function copy(memory: SharedArrayBuffer): SharedArrayBuffer {
  const image = new SharedArrayBuffer(memory.byteLength);
  new Uint8Array(image).set(new Uint8Array(memory));
  return image;
}

/** Runs `operation` and hands back the memory as it was in front of and behind each of its Atomics stores, and at its end. */
function imagesDuring(memory: SharedArrayBuffer, operation: () => void): SharedArrayBuffer[] {
  const images: SharedArrayBuffer[] = [];
  const store = Atomics.store;
  Atomics.store = ((array: Int32Array, index: number, value: number) => {
    images.push(copy(memory));
    const stored = store(array, index, value);
    images.push(copy(memory));
    return stored;
  }) as typeof Atomics.store;
  try {
    operation();
  } finally {
    Atomics.store = store;
  }
  images.push(copy(memory));
  return images;
}

type Step = { readonly do: 'append' | 'seal' | 'take' | 'takeOpen' | 'release' | 'die'; readonly number: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    do: fc.constantFrom('append', 'append', 'append', 'seal', 'take', 'takeOpen', 'release', 'release', 'die'),
    number: fc.integer({ min: 0, max: 5 }),
  }),
  { maxLength: 60 },
);

interface Shape {
  readonly slots: number;
  readonly recordsInSlot: number;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  slots: fc.integer({ min: 2, max: 5 }),
  recordsInSlot: fc.integer({ min: 1, max: 6 }),
});

/** What should be in the outbox: ids that were committed and not released, in order. */
class Model {
  waiting: number[] = [];
  nextId = 1;
}

function run(
  shape: Shape,
  script: readonly Step[],
  look: (images: SharedArrayBuffer[], before: number[], after: number[]) => void,
): void {
  const slotBytes = shape.recordsInSlot * RECORD_BYTES;
  let memory = new SharedArrayBuffer(outboxBytes(shape.slots * slotBytes, slotBytes));
  let outbox = new Outbox(memory, slotBytes);
  const model = new Model();
  let sending: OutboxSlot[] = [];
  for (const step of script) {
    const before = [...model.waiting];
    const images = imagesDuring(memory, () => {
      if (step.do === 'append') {
        const ids = Array.from({ length: step.number }, (_, at) => model.nextId + at);
        const taken = append(outbox, ids);
        model.waiting.push(...ids.slice(0, taken));
        model.nextId += taken;
        if (taken < ids.length) outbox.seal();
      } else if (step.do === 'seal') outbox.seal();
      else if (step.do === 'release' && sending.length > 0) {
        const [slot] = sending.splice(step.number % sending.length, 1);
        const gone = new Set(idsOf(slot!));
        outbox.release(slot!);
        model.waiting = model.waiting.filter((id) => !gone.has(id));
      } else if (step.do === 'take' || step.do === 'takeOpen') {
        const slot = outbox.take(step.do === 'takeOpen');
        if (slot !== undefined) {
          expect(idsOf(slot)).toHaveLength(slot.records);
          sending.push(slot);
        }
      }
    });
    look(images, before, [...model.waiting]);
    if (step.do === 'die') {
      memory = copy(memory);
      outbox = new Outbox(memory);
      sending = [];
    }
    expect(recordsOf(outbox.waiting)).toBe(model.waiting.length);
    expect(outboxAccount(memory)).toEqual({
      bytes: model.waiting.length * RECORD_BYTES,
      records: model.waiting.length,
      capacityBytes: shape.slots * slotBytes,
    });
    expect(outbox.oldestOrder === Infinity).toBe(model.waiting.length === 0);
  }
}

describe('outbox', () => {
  test('holds what was committed and not released, in order, whatever is done to it and however often its worker dies', () => {
    fc.assert(
      fc.property(shapes, steps, (shape, script) =>
        run(shape, script, (images, _before, after) => {
          expect(takeAll(new Outbox(images.at(-1)!))).toEqual(after);
        }),
      ),
      { numRuns: 300 },
    );
  });

  test('a death between any two stores leaves an operation done or not done, never half', () => {
    fc.assert(
      fc.property(shapes, steps, (shape, script) =>
        run(shape, script, (images, before, after) => {
          for (const image of images) {
            const found = takeAll(new Outbox(image));
            if (JSON.stringify(found) !== JSON.stringify(before)) expect(found).toEqual(after);
          }
        }),
      ),
      { numRuns: 150 },
    );
  });

  test('a death between any two stores of a recovery leaves the same records to the next recovery', () => {
    fc.assert(
      fc.property(shapes, steps, (shape, script) =>
        run(shape, script, (images, _before, after) => {
          const image = images.at(-1)!;
          for (const again of imagesDuring(image, () => void new Outbox(image)))
            expect(takeAll(new Outbox(again))).toEqual(after);
        }),
      ),
      { numRuns: 100 },
    );
  });

  test('appends coalesce into the open slot until it is taken', () => {
    const outbox = new Outbox(new SharedArrayBuffer(outboxBytes(256, 64)), 64);
    append(outbox, [1]);
    append(outbox, [2, 3]);
    expect(outbox.take(false)).toBeUndefined();
    const slot = outbox.take(true)!;
    expect(idsOf(slot)).toEqual([1, 2, 3]);
    expect(outbox.take(true)).toBeUndefined();
  });

  test('the slot released last is filled next, so that a backend that keeps up stays in the cache', () => {
    const outbox = new Outbox(new SharedArrayBuffer(outboxBytes(640, 64)), 64);
    const used = new Set<number>();
    for (let id = 1; id <= 50; id++) {
      append(outbox, [id]);
      const slot = outbox.take(true)!;
      used.add(slot.index);
      outbox.release(slot);
    }
    expect(used.size).toBe(1);
  });

  test('when every slot waits, a claim is refused and succeeds again after a release', () => {
    const outbox = new Outbox(new SharedArrayBuffer(outboxBytes(128, 64)), 64);
    for (let id = 1; id <= 2; id++) {
      append(outbox, [id]);
      outbox.seal();
    }
    expect(outbox.claim()).toBe(false);
    outbox.release(outbox.take(false)!);
    expect(outbox.claim()).toBe(true);
    expect(outbox.openIsEmpty).toBe(true);
  });

  test('has at least two slots, so that one is filled while the other is sent', () => {
    expect(new Outbox(new SharedArrayBuffer(outboxBytes(1, 64)), 64).slotCount).toBe(2);
  });

  test('refuses memory of another format and slots that cannot be', () => {
    const memory = new SharedArrayBuffer(outboxBytes(128, 64));
    new Int32Array(memory)[0] = 99;
    expect(() => new Outbox(memory)).toThrow(/format 99/);
    expect(() => new Outbox(new SharedArrayBuffer(64), 64)).toThrow(RangeError);
    expect(() => new Outbox(new SharedArrayBuffer(outboxBytes(128, 63 + 1) + 8), 61)).toThrow(RangeError);
  });
});
