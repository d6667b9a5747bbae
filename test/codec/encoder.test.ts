/** Records of every kind through a ring, against the parts that they consist of: whichever writer takes them, the same comes out. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { FrameMemory } from '../../src/codec/encode/frame-memory.ts';
import { NOT_MINE, REFUSED, WRITTEN } from '../../src/codec/encode/outcome.ts';
import { kindOf, unitsOf } from '../../src/codec/frames.ts';
import { levelBits, SAMPLED_BIT, TRACE_BIT } from '../../src/codec/head-word.ts';
import { extraTagUnits, HEADER_UNITS, TRACE_UNITS } from '../../src/codec/layout.ts';
import { decodeValue } from '../../src/codec/values/value.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
import { compileRedaction, NO_REDACTION, type Redaction } from '../../src/redaction/redaction.ts';
import { WORD_SEQUENCE } from '../../src/ring/layout.ts';
import { TEST_SCOPE, TestLane } from '../support/lane.ts';

const REDACTIONS = [NO_REDACTION, compileRedaction(['secret', 'k1.hidden'])];
const URL_WITH_SECRET = 'https://user:pass@host/?secret=S';

/** What the general writer makes of a field. */
function shown(redaction: Redaction, key: string, value: unknown): unknown {
  const writer = new ValueWriter(redaction);
  writer.begin(1_000_000);
  writer.field(key, value);
  return decodeValue(writer.bytes, 0);
}

const { Function: generator } = globalThis;
afterEach(() => {
  globalThis.Function = generator;
});
function forbidCode(): void {
  globalThis.Function = function forbidden() {
    throw new EvalError('Code generation from strings disallowed for this context');
  } as unknown as FunctionConstructor;
}

/** A value for each call: the kinds of a field change, or stay. */
const value = fc.constantFrom<((i: number) => unknown)[]>(
  (i) => i / 8,
  () => 'BUY',
  (i) => `id-${i}`,
  (i) => 'x'.repeat(i % 80),
  () => URL_WITH_SECRET,
  () => 'ü'.repeat(37),
  (i) => 'y'.repeat(i % 3 === 0 ? 3_000 : 5),
  () => true,
  (i) => (i % 2 === 0 ? null : undefined),
  (i) => ({
    n: i,
    hidden: 'h',
    list: [
      [1, 'a'],
      [i, 'b'],
    ],
  }),
  (i) => [i, 'text', { secret: 1 }],
  (i) => new Date(i),
  (i) => BigInt(i) ** 20n,
  () => new Map([['k', { n: 1 }]]),
  // What the writer of plain values leaves to the general one.
  (i) => ({
    i,
    get x() {
      throw new Error('no');
    },
  }),
  (i) => {
    const self: unknown[] = [i];
    self.push(self);
    return self;
  },
  (i) => (i % 7 === 0 ? { deep: [i] } : i % 5 === 0 ? 'text' : i),
  (i) => (i < 20 ? i : 'x'.repeat(i)),
  (i) => Uint8Array.of(i, 0),
);
const message = fc.constantFrom<((i: number) => string)[]>(
  () => 'placed',
  () => 'filled',
  () => '',
  (i) => `order ${i} placed`,
  (i) => `${'m'.repeat(198)}${String(i).padStart(2)}`,
  (i) => `${'ü'.repeat(199)}${String(i).padStart(2)}`,
  () => 'd'.repeat(512),
  () => 'd'.repeat(513),
  (i) => `${URL_WITH_SECRET}&n=${i}`,
);
const kind = fc.record({
  message,
  // Slots whose tags take one, two and three words.
  values: fc.oneof(
    { weight: 3, arbitrary: fc.array(value, { maxLength: 5 }) },
    { weight: 1, arbitrary: fc.array(value, { minLength: 6, maxLength: 26 }) },
  ),
  /** Of a field that is redacted; -1: none is. */
  secretAt: fc.integer({ min: -1, max: 4 }),
  trace: fc.option(fc.tuple(fc.uint8Array({ minLength: 24, maxLength: 24 }), fc.boolean())),
  times: fc.constantFrom(1, 36),
});

function keysOf(values: readonly unknown[], secretAt: number): string[] {
  return values.map((_, i) => (i === secretAt ? 'secret' : `k${i}`));
}

describe.each([
  ['with generated code', false],
  ['without', true],
])('records %s', (_, isForbidden) => {
  test('come out with message, fields in their order, trace and number, whatever came before them', () => {
    if (isForbidden) forbidCode();
    fc.assert(
      fc.property(
        fc.array(kind, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...REDACTIONS),
        fc.boolean(),
        (kinds, redaction, isWritten) => {
          const lane = new TestLane({ redaction, ringBytes: 1 << 20 });
          const scope = lane.encoder.defineScope(TEST_SCOPE) << 17;
          let sequence = 0;
          for (let i = 0; i < 36; i++) {
            const sent = kinds.filter(({ times }) => i < times);
            for (const { message, values, secretAt, trace } of sent) {
              const keys = keysOf(values, secretAt);
              const fields = Object.fromEntries(keys.map((key, k) => [key, values[k]!(i)]));
              if (trace !== null) Buffer.from(lane.trace.buffer).set(trace[0]);
              const bits = trace === null ? 0 : TRACE_BIT | (trace[1] ? SAMPLED_BIT : 0);
              const given = keys.length === 0 && i % 2 === 0 ? undefined : fields;
              // As level methods do, and as callers that have no method of their own.
              if (isWritten) lane.encoder.write(message(i), given, scope | levelBits(i % 4) | bits);
              else lane.log(message(i), given, i % 4, bits);
            }
            const received = lane.drain();
            expect(received).toHaveLength(sent.length);
            received.forEach((record, at) => {
              const { message, values, secretAt, trace } = sent[at]!;
              const keys = keysOf(values, secretAt);
              expect(record.body).toBe(redaction.maskText(message(i)));
              const wanted = keys.map((key, k) => [key, shown(redaction, key, values[k]!(i))]);
              expect(Object.entries(record.attributes)).toEqual([['component', 'test'], ...wanted]);
              const ids = trace && Buffer.from(trace[0]).toString('hex');
              expect([record.traceId, record.spanId, record.traceFlags]).toEqual(
                ids === null ? [undefined, undefined, undefined] : [ids.slice(0, 32), ids.slice(32), trace![1] ? 1 : 0],
              );
              expect(record.sequence).toBe(++sequence);
            });
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('of many lengths are whole, up to the longest frame of a shape and beyond it', () => {
    if (isForbidden) forbidCode();
    const lane = new TestLane({ ringBytes: 1 << 20 });
    for (let i = 0; i < 40; i++) lane.log('long', { text: 'warm', list: [i], n: i }, 2);
    lane.drain();
    // A frame of a shape has at most 4,095 units of eight bytes.
    const lengths = [...Array.from({ length: 40 }, (_, i) => 32_620 + 4 * i), 32_760, 40_000, 60_000];
    for (const length of lengths) {
      for (const character of ['x', 'é']) {
        const text = character.repeat(character === 'x' ? length : length >> 1);
        for (const bits of [0, TRACE_BIT]) {
          lane.log('long', { text, list: [length], n: length }, 2, bits);
          lane.log('long', { list: [text], n: length }, 2, bits);
          lane.log(`long, of ${length}`, { text, list: [length], n: length }, 2, bits);
          const [first, second, third] = lane.drain();
          expect(first!.attributes).toEqual({ component: 'test', text, list: [length], n: length });
          expect(second!.attributes).toEqual({ component: 'test', list: [text], n: length });
          expect([third!.body, third!.attributes]).toEqual([`long, of ${length}`, first!.attributes]);
        }
      }
    }
  });

  test('whose getters throw are whole, and are read once', () => {
    if (isForbidden) forbidCode();
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('value', 'throws', 'book'), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (kinds, isInline) => {
          const lane = new TestLane();
          for (let i = 0; i < 70; i++) {
            const reads: string[] = [];
            const fields = {};
            kinds.forEach((kind, k) => {
              const get = () => {
                reads.push(`k${k}`);
                if (kind === 'throws' && i % 3 !== 0) throw new Error('no');
                return kind === 'book' ? { i } : i;
              };
              Object.defineProperty(fields, `k${k}`, { get, enumerable: true });
            });
            lane.log(isInline ? `message ${i}` : 'message', fields);
            const [record] = lane.drain();
            const wanted = kinds.map((kind, k) => [
              `k${k}`,
              kind === 'throws' && i % 3 !== 0 ? '[getter threw: Error: no]' : kind === 'book' ? { i } : i,
            ]);
            expect(record!.attributes).toEqual({ component: 'test', ...Object.fromEntries(wanted) });
            expect(reads).toEqual(kinds.map((_, k) => `k${k}`));
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

test('of more than 128 fields the others are counted, and keys that are too long are cut', () => {
  const lane = new TestLane();
  for (const count of [127, 128, 129, 200]) {
    const fields = Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
    for (let i = 0; i < 3; i++) lane.log('wide', fields);
    for (const record of lane.drain()) {
      expect(record.attributes).toEqual({ component: 'test', ...Object.fromEntries(Object.entries(fields).slice(0, 128)) });
      expect(record.droppedAttributesCount).toBe(count > 128 ? count - 128 : undefined);
    }
  }
  const key = 'k'.repeat(1_024);
  for (let i = 0; i < 40; i++) {
    lane.log('long keys', { [key]: 1, [`${key}l`]: 2, short: 3 });
    const { attributes } = lane.drain()[0]!;
    const keys = Object.keys(attributes);
    expect(keys.slice(0, 2)).toEqual(['component', key]);
    expect(keys[2]).toMatch(/^k+…\[\+\d+ characters\]$/);
    expect(Object.values(attributes)).toEqual(['test', 1, 2, 3]);
  }
});

test('what a ring has no room for is refused and counted once, and all else comes out in order', () => {
  const values = [
    (i: number) => i,
    () => 'text',
    (i: number) => 'x'.repeat(i % 300),
    (i: number) => [i],
    (i: number) => 'y'.repeat(i % 2_000),
  ];
  fc.assert(
    fc.property(
      fc.array(fc.nat(values.length - 1), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (kinds, isInline, isTraced, isForbidden) => {
        globalThis.Function = generator;
        if (isForbidden) forbidCode();
        const lane = new TestLane({ ringBytes: 1 << 14 });
        const scope = lane.encoder.defineScope(TEST_SCOPE);
        const head = (scope << 17) | levelBits(2) | (isTraced ? TRACE_BIT : 0);
        const accepted: number[] = [];
        let refused = 0;
        const received: { n: unknown; sequence: number }[] = [];
        let lost = 0;
        const take = () => {
          for (const { attributes, sequence } of lane.drain()) {
            if (attributes.lost !== undefined) lost += attributes.lost as number;
            else received.push({ n: attributes.n, sequence });
          }
        };
        for (let i = 0; i < 400; i++) {
          const fields = { n: i, ...Object.fromEntries(kinds.map((kind, k) => [`k${k}`, values[kind]!(i)])) };
          const outcome = lane.encoder.write(isInline ? `message ${i}` : 'message', fields, head);
          expect([WRITTEN, REFUSED]).toContain(outcome);
          if (outcome === WRITTEN) accepted.push(i);
          else refused++;
          if (i % 150 === 149) take();
        }
        take();
        lane.encoder.write('end', { n: 'end' }, head);
        take();
        expect(received.map(({ n }) => n)).toEqual([...accepted, 'end']);
        // Those that were refused have numbers, too.
        for (const { n, sequence } of received) expect(sequence).toBe(n === 'end' ? 401 : Number(n) + 1);
        expect(lost).toBe(refused);
      },
    ),
    { numRuns: 20 },
  );
});

test('a record without a shape that the ring has no room for is refused, and leaves the ring as it was', () => {
  const lane = new TestLane({ ringBytes: 1 << 15 });
  const outcomes = Array.from({ length: 300 }, (_, n) =>
    lane.encoder.encodeOpen({ body: 'm', attributes: { n } }, levelBits(2), TEST_SCOPE),
  );
  const accepted = outcomes.flatMap((outcome, n) => (outcome === WRITTEN ? [n] : []));
  expect(outcomes).toContain(REFUSED);
  expect(lane.drain().flatMap(({ attributes: { n } }) => (n === undefined ? [] : [n]))).toEqual(accepted);
});

test('a writer that is surprised is made again for what it has met, a few times', () => {
  const lane = new TestLane();
  const kinds: ((i: number) => unknown)[] = [
    (i) => i,
    () => 'a',
    (i) => `unique ${i}`,
    () => null,
    (i) => 'x'.repeat(100 + i),
    (i) => ({ i }),
  ];
  for (let round = 0; round < 6; round++) {
    for (const make of kinds) {
      for (let i = 0; i < 90; i++) {
        const value = make(i);
        const fields = { book: { i }, list: [[i]], value, other: round, last: { list: [i] } };
        lane.log('changing', fields);
        expect(lane.drain()[0]!.attributes).toEqual({ component: 'test', ...fields });
      }
    }
  }
  const shape = lane.encoder.messages.get('changing')!;
  expect(shape.hot).toBe(true);
  expect(shape.generations).toBeLessThanOrEqual(8 + 5);
  // The record is taken by the writer itself now.
  const fields = { book: { i: 1 }, list: [[1]], value: { i: 1 }, other: 1, last: { list: [1] } };
  expect(shape.write(fields, levelBits(2), 'changing')).toBe(WRITTEN);
  expect(shape.write({ other: 1 }, levelBits(2), 'changing')).toBe(NOT_MINE);
});

test('a record without a shape says what could not be written, and which number it has', () => {
  const lane = new TestLane();
  const { encoder } = lane;
  expect(encoder.encodeOpen({ body: 'first', attributes: { secret: 1 } }, levelBits(2), TEST_SCOPE)).toBe(WRITTEN);
  expect(encoder.lastNumber).toBe(1);
  encoder.encodeOpen({ body: 'second' }, levelBits(2), TEST_SCOPE);
  expect(encoder.lastNumber).toBe(2);
  const failing = {
    body: 'third',
    get trace(): undefined {
      throw new Error('no');
    },
  };
  expect(encoder.encodeOpen(failing, levelBits(2) | TRACE_BIT, TEST_SCOPE)).toBe(WRITTEN);
  const records = lane.drain();
  expect(records.map(({ body }) => body)).toEqual(['first', 'second', 'third']);
  expect(records[2]!.attributes['hft.encode_error']).toBe('Error: no');
  expect(records[2]).not.toHaveProperty('traceId');
});

test('a frame of the general writers stays within what it has claimed, and takes no more than its parts', () => {
  forbidCode();
  // The general writer's: the other leaves it.
  const failing = {
    a: 1,
    get x() {
      throw new Error('no');
    },
  };
  const texts = fc.constantFrom('a', 'x'.repeat(24), 'ü'.repeat(36), '日'.repeat(36), 'x'.repeat(700), 'é'.repeat(300));
  const field = fc.oneof(
    texts,
    fc.constantFrom<unknown>(1, true, null, { a: 1 }, [1, 2, 3], [['ü'.repeat(50)]], 10n ** 30n, failing),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('m', 'm'.repeat(200), '日'.repeat(200), '日'.repeat(60)),
      fc.array(field, { maxLength: 26 }),
      fc.boolean(),
      fc.nat(70),
      (message, values, isTraced, texts) => {
        const lane = new TestLane({ ringBytes: 1 << 17 });
        const { ring } = lane;
        // Texts of a field get an id up to a number of them; from then on they are copied.
        for (let i = 0; i < texts; i++) lane.log('warm', { k0: `text ${i}`, k1: `text ${i}` });
        lane.drain();
        const head = (lane.encoder.defineScope(TEST_SCOPE) << 17) | (isTraced ? TRACE_BIT : 0);
        const claims: [at: number, units: number][] = [];
        const { claim } = ring;
        ring.claim = (units, rank) => {
          const at = claim.call(ring, units, rank);
          claims.push([at, units]);
          return at;
        };
        const fields = Object.fromEntries(values.map((value, k) => [`k${k}`, value]));
        for (let times = 0; times < 4; times++) {
          const before = Buffer.from(ring.bytes);
          claims.length = 0;
          const sent = times === 3 ? `${message}!` : message;
          expect(lane.encoder.write(sent, fields, head)).toBe(WRITTEN);
          expect(claims).toHaveLength(1);
          const [at, units] = claims[0]!;
          // The first byte is behind the frames before it, the last one in the room that was given.
          expect(ring.bytes.subarray(0, at * 8).equals(before.subarray(0, at * 8))).toBe(true);
          expect(ring.bytes.subarray((at + units) * 8).equals(before.subarray((at + units) * 8))).toBe(true);
          const taken = unitsOf(ring.words, at);
          expect(taken).toBeLessThanOrEqual(units);
          const most = [sent, ...values].reduce((sum: number, value) => sum + Math.ceil(sizeOf(value) / 8), 0);
          const header = HEADER_UNITS + extraTagUnits(values.length + 1) + (isTraced ? TRACE_UNITS : 0);
          if (taken < 4_096 && kindOf(ring.words, at) >= 0) expect(taken).toBeLessThanOrEqual(header + 1 + values.length + most);
        }
        expect(lane.drain().map(({ attributes }) => Object.keys(attributes).length)).toEqual(
          new Array(4).fill(values.length + 1),
        );
      },
    ),
    { numRuns: 80 },
  );

  /** Bytes behind the slots. */
  function sizeOf(value: unknown): number {
    if (typeof value === 'string') return Buffer.byteLength(value);
    if ((typeof value !== 'object' && typeof value !== 'bigint') || value === null) return 0;
    const writer = new ValueWriter();
    writer.begin(1_000_000);
    writer.value(value);
    return writer.position;
  }
});

test('in a small ring a record has the room that it needs, not the most that it might need', () => {
  for (const isForbidden of [false, true]) {
    if (isForbidden) forbidCode();
    const lane = new TestLane({ ringBytes: 1 << 13 });
    const most = lane.ring.maxUnits;
    for (let i = 0; i < 80; i++) {
      const fields = Object.fromEntries(Array.from({ length: Math.floor(most / 8) }, (_, k) => [`k${k}`, `text ${i} ${k}`]));
      lane.log('small', fields);
      const records = lane.drain();
      expect(records.map(({ attributes }) => attributes)).toEqual([{ component: 'test', ...fields }]);
    }
  }
});

test('records that several threads count together have the next of their numbers, and the ring counts its own', () => {
  const lane = new TestLane();
  const { ring } = lane;
  const shared = { words: new Int32Array(new SharedArrayBuffer(64)), index: 5 };
  shared.words[5] = 40;
  const frames = new FrameMemory({ ring, readClock: () => 7n, trace: lane.trace, sharedSequence: shared });
  const own = new FrameMemory({ ring, readClock: () => 7n, trace: lane.trace });
  for (const [memory, number, count] of [
    [frames, 41, 1],
    [own, 2, 2],
    [frames, 42, 3],
  ] as const) {
    const at = memory.claim(4, levelBits(3));
    memory.seal(at, at + 4);
    expect(memory.lastNumber).toBe(number);
    expect([ring.words[at * 2 + 4], ring.nanos[at + 1]]).toEqual([number, 7n]);
    expect(ring.control[WORD_SEQUENCE]).toBe(count);
    expect(lane.reader.peek()).toBe(at + 4);
  }
  expect(shared.words[5]).toBe(42);
});

describe('arguments of a call', () => {
  const failed = () => Object.assign(new RangeError('limit'), { stack: 's', code: 5 });
  const own = { 'exception.type': 'RangeError', 'exception.message': 'limit', 'exception.stacktrace': 's', 'exception.code': 5 };
  const ways: [name: string, args: (i: number) => [unknown, unknown?], body: string, fields: (i: number) => object][] = [
    ['an error', () => [failed()], 'limit', () => own],
    ['an error and fields', (i) => [failed(), { n: i }], 'limit', (i) => ({ n: i, ...own })],
    ['a text and an error', () => ['failed', failed()], 'failed', () => own],
    ['an error and a text', () => [failed(), 'failed'], 'failed', () => own],
    [
      'fields with an error',
      (i) => ['failed', { n: i, err: failed(), last: 'x' }],
      'failed',
      (i) => ({ n: i, ...own, last: 'x' }),
    ],
    ['fields alone', (i) => [{ n: i }], '', (i) => ({ n: i })],
    ['fields and a text', (i) => [{ n: i }, 'placed'], 'placed', (i) => ({ n: i })],
    ['a number', () => [42], '42', () => ({})],
    ['a text and a number', (i) => ['placed', i], 'placed', (i) => ({ value: i })],
    ['fields that are computed', (i) => ['placed', () => ({ n: i })], 'placed', (i) => ({ n: i })],
    ['an unusual message', (i) => [`order of ${'x'.repeat(i)} failed`, { err: failed() }], '', () => own],
  ];

  test('come out alike, in whichever order and whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(ways.length - 1), { minLength: 1, maxLength: 4 }), fc.boolean(), (chosen, isForbidden) => {
        globalThis.Function = generator;
        if (isForbidden) forbidCode();
        const lane = new TestLane();
        const head = (lane.encoder.defineScope(TEST_SCOPE) << 17) | levelBits(2);
        for (let i = 0; i < 40; i++) {
          for (const way of chosen) {
            const [name, args, body, fields] = ways[way]!;
            const [first, second] = args(i);
            expect(lane.encoder.write(first, second, head)).toBe(WRITTEN);
            const [record] = lane.drain();
            expect(record!.body, name).toBe(name === 'an unusual message' ? first : body);
            expect(record!.attributes, name).toEqual({ component: 'test', ...fields(i) });
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

test('of the records that are logged while one is read, those beyond sixteen keep their message and say why they have no fields', () => {
  const lane = new TestLane();
  const { encoder } = lane;
  const head = (encoder.defineScope(TEST_SCOPE) << 17) | levelBits(2);
  for (const isOpen of [false, true]) {
    let n = 0;
    const write = (message: unknown, fields: object) =>
      isOpen ? encoder.encodeOpen({ body: message, attributes: fields }, head, TEST_SCOPE) : encoder.write(message, fields, head);
    const inner = {
      get n() {
        if (n < 40) write(n % 2 === 0 ? 'inside' : 5, inner);
        return n++;
      },
    };
    write('outside', inner);
    const records = lane.drain();
    expect(records.at(-1)).toMatchObject({ body: 'outside', attributes: { n: expect.any(Number) } });
    const unread = records.filter(({ attributes }) => attributes['hft.encode_error'] !== undefined);
    expect(unread.length).toBeGreaterThan(0);
    expect(records.length - unread.length).toBeLessThanOrEqual(17);
    for (const { body, attributes, loggerName } of unread) {
      expect(['inside', '[number]', '5']).toContain(String(body));
      expect(attributes['hft.encode_error']).toMatch(/^fields not read: too many records/);
      expect(loggerName).toBe(TEST_SCOPE.name);
    }
    expect(encoder.callShapeOf(['a', { b: 1 }, 2])).toEqual({ message: 'a', fields: { b: 1, value: 2 } });
  }
});

test('a record in a small ring is cut to what the ring takes, in whichever way it is written', () => {
  for (const isForbidden of [false, true]) {
    if (isForbidden) forbidCode();
    const lane = new TestLane({ ringBytes: 1 << 14 });
    for (let i = 0; i < 40; i++) {
      const text = 'x'.repeat(i < 35 ? 3 : 100_000);
      const items = Array.from({ length: i < 35 ? 3 : 900 }, (_, k) => `item ${k} of a long list`);
      for (const fields of [
        { n: i, text },
        { n: i, items },
        { n: i, text, items },
        { n: i, error: Object.assign(new Error('m'), { text }) },
      ]) {
        lane.log('large', fields);
        lane.encoder.encodeOpen({ body: 'large', attributes: fields }, levelBits(2), TEST_SCOPE);
        const records = lane.drain();
        expect(records).toHaveLength(2);
        for (const { body, attributes } of records) {
          expect([body, attributes.n]).toEqual(['large', i]);
          expect(JSON.stringify(attributes).length).toBeLessThan((1 << 14) / 8 + 1_000);
        }
      }
    }
  }
});

test('what is defined is defined anew when the dictionary turns, and callers are told', async () => {
  const lane = new TestLane({ dictionaryBytes: 8_192 });
  for (let round = 0; round < 400; round++) {
    const sent = [`kind ${round % 90}`, 'usual'].map((message) => ({
      message,
      fields: { [`key${round % 70}`]: round, side: `text ${round % 50}` },
    }));
    for (const { message, fields } of sent) lane.log(message, fields);
    expect(lane.drain().map(({ body, attributes }) => [body, { ...attributes }])).toEqual(
      sent.map(({ message, fields }) => [message, { component: 'test', ...fields }]),
    );
    if (round % 10 === 0) await null;
  }
  expect(lane.turns).toBeGreaterThan(2);
});
