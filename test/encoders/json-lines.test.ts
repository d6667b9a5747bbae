import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WallClock } from '../../src/encoders/encoder.ts';
import { JsonLinesEncoder } from '../../src/encoders/json/lines.ts';
import type { Lane } from '../../src/record.ts';
import { LEVELS, rankOfLevel } from '../../src/record.ts';
import { FrameBuilder, RawText } from '../support/frames.ts';
import { encodeAll, GuardedOutput } from './output.ts';
import { append, arrived, decoded, type RandomRecord, randomRecord } from './records.ts';

const OFFSET_NANOS = 1_700_000_000_123_456_789n;
const RESERVED = {
  logs: ['time', 'level', 'severity_text', 'logger', 'msg', 'event', 'tags', 'trace_id', 'span_id', 'seq'],
  audit: ['time', 'audit_seq', 'event', 'run', 'logger', 'trace_id', 'span_id', 'seq'],
};
const NOT_IN_AUDIT_LINES = ['event.name', 'hft.audit', 'hft.audit.seq'];

function encoderOf(
  frames: FrameBuilder,
  lane: Lane = 'logs',
  clock: WallClock = { offsetNanos: OFFSET_NANOS },
): JsonLinesEncoder {
  return new JsonLinesEncoder(
    frames.source,
    { lane, clock, sequenceOf: (low) => low >>> 0, attributeLimit: Number.POSITIVE_INFINITY },
    'run-1',
  );
}

/** Members of the line of a record in their order, names and values as JSON has them: written down a second time, from the documentation. */
function expectedMembers(record: RandomRecord, lane: Lane): [string, unknown][] {
  const { scope, fields, trace } = record;
  const time = BigInt.asIntN(64, record.nanos + OFFSET_NANOS);
  const millis = Number((time - (((time % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n);
  const nanos = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const members: [string, unknown][] = [
    ['time', `${new Date(millis).toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z`],
  ];
  if (lane === 'logs') {
    members.push(['level', LEVELS[record.levelRank]]);
    members.push(['logger', arrived(scope.name)]);
    members.push(['msg', arrived(record.message)]);
    if (scope.tags.length > 0) members.push(['tags', scope.tags.map(arrived)]);
  } else {
    members.push(['audit_seq', record.sequence]);
    members.push(['event', arrived(record.message)]);
    members.push(['run', 'run-1']);
    members.push(['logger', arrived(scope.name)]);
  }
  const users = [...Object.entries(scope.attributes).filter(([key]) => !(key in fields)), ...Object.entries(fields)]
    .map(([key, value]) => [arrived(key), value] as const)
    .filter(([key]) => lane === 'logs' || !NOT_IN_AUDIT_LINES.includes(key));
  for (const [key, value] of users) {
    let name = key;
    if (RESERVED[lane].includes(key))
      do name += '_';
      while (users.some(([other]) => other === name));
    members.push([name, inJson(decoded(value))]);
  }
  if (trace !== undefined) members.push(['trace_id', trace.traceId], ['span_id', trace.spanId]);
  members.push(['seq', record.sequence]);
  return members;
}

/** The documented JSON form of a decoded value, as `JSON.parse` gives it. */
function inJson(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(inJson);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, inJson(element)]));
  return value;
}

const SPECIAL = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function lineOf(members: [string, unknown][]): string {
  const json = members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  return `{${json.replace(SPECIAL, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)}}`;
}

describe('a JSON line is what the documentation says, byte for byte', () => {
  test.each(['logs', 'audit'] as const)('any record of the lane %s', (lane) => {
    fc.assert(
      fc.property(fc.array(randomRecord, { minLength: 1, maxLength: 4 }), (records) => {
        const frames = new FrameBuilder(1 << 18, 1 << 18);
        for (const record of records) append(frames, record);
        const lines = encodeAll(encoderOf(frames, lane), frames.frames).toString().split('\n');
        expect(lines.pop()).toBe('');
        expect(lines).toEqual(records.map((record) => lineOf(expectedMembers(record, lane))));
      }),
      { numRuns: 400 },
    );
  });

  test('the slow way says the same: a record that just fits is encoded by it', () => {
    fc.assert(
      fc.property(randomRecord, fc.constantFrom<Lane>('logs', 'audit'), (record, lane) => {
        const frames = new FrameBuilder(1 << 18, 1 << 18);
        append(frames, record);
        const fast = encodeAll(encoderOf(frames, lane), frames.frames);
        const output = new GuardedOutput(1 << 20);
        output.limit = output.position + fast.length;
        expect(encoderOf(frames, lane).encode(frames.frames, 0, 1, output)).toBe(1);
        const slow = output.written.toString();
        expect(JSON.parse(slow)).toEqual(JSON.parse(fast.toString()));
        expect(slow.length).toBe(fast.toString().length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('no record does harm', () => {
  test('bytes that are not UTF-8 give a valid line without control characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const frames = new FrameBuilder(1 << 12, 1 << 12);
        const scope = frames.scope({ name: 'x', tags: [], attributes: {} });
        frames.record({ scope, levelRank: 2, message: 'm', fields: { raw: new RawText(bytes) }, nanos: 0n, sequence: 1 });
        const encoded = encodeAll(encoderOf(frames), frames.frames);
        const line = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(encoded);
        expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
        const { raw } = JSON.parse(line);
        expect(raw.replaceAll('\ufffd', '')).toBe(Buffer.from(bytes).toString().replaceAll('\ufffd', ''));
      }),
      { numRuns: 500 },
    );
  });

  test('whatever the limit, whole lines come out and nothing is written beyond it', () => {
    fc.assert(
      fc.property(
        fc.array(randomRecord, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 4000 }),
        fc.nat({ max: 16 }),
        (records, capacity, start) => {
          const frames = new FrameBuilder(1 << 18, 1 << 18);
          for (const record of records) append(frames, record);
          const all = frames.frames;
          const whole = encodeAll(encoderOf(frames), all).toString().split('\n');
          const output = new GuardedOutput(capacity + start, start);
          const end = encoderOf(frames).encode(all, 0, all.length, output);
          expect(output.guardsHold).toBe(true);
          const written = output.written.toString().split('\n');
          expect(written.slice(0, -1).map((line) => JSON.parse(line))).toEqual(
            whole.slice(0, end).map((line) => JSON.parse(line)),
          );
          expect(written.at(-1)).toBe('');
          if (end < all.length) expect(output.position + Buffer.byteLength(whole[end]) + 1).toBeGreaterThan(output.limit);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('what changes between calls is followed', () => {
  const fields = { price: 1.5 };

  test('ids get new meanings when the dictionary turns', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const encoder = encoderOf(frames);
    const add = (name: string) =>
      frames.record({
        scope: frames.scope({ name, tags: [], attributes: {} }),
        levelRank: 2,
        message: `from ${name}`,
        fields,
        nanos: 0n,
        sequence: 1,
      });
    const before = JSON.parse(encodeAll(encoder, Int32Array.of(add('first'))).toString());
    frames.turn();
    const after = JSON.parse(encodeAll(encoder, Int32Array.of(add('second'))).toString());
    expect([before.logger, before.msg, after.logger, after.msg]).toEqual(['first', 'from first', 'second', 'from second']);
  });

  test('the wall clock is anchored anew', () => {
    const clock = { offsetNanos: 0n };
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const encoder = encoderOf(frames, 'logs', clock);
    const scope = frames.scope({ name: 'x', tags: [], attributes: {} });
    const frame = Int32Array.of(frames.record({ scope, levelRank: 2, message: 'm', fields, nanos: 5n, sequence: 1 }));
    const time = () => JSON.parse(encodeAll(encoder, frame).toString()).time;
    expect(time()).toBe('1970-01-01T00:00:00.000000005Z');
    clock.offsetNanos = 3n;
    expect(time()).toBe('1970-01-01T00:00:00.000000008Z');
    clock.offsetNanos = -6n;
    expect(time()).toBe('1969-12-31T23:59:59.999999999Z');
  });

  test('numbers go on beyond 32 bits', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const scope = frames.scope({ name: 'x', tags: [], attributes: {} });
    for (const sequence of [0xffff_fffe, 0xffff_ffff, 0, 1])
      frames.record({ scope, levelRank: 2, message: 'm', fields, nanos: 0n, sequence });
    const encoder = new JsonLinesEncoder(
      frames.source,
      {
        lane: 'logs',
        clock: { offsetNanos: 0n },
        sequenceOf: (low) => 2 ** 33 + (low >>> 0),
        attributeLimit: Number.POSITIVE_INFINITY,
      },
      '',
    );
    const lines = encodeAll(encoder, frames.frames).toString().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq - 2 ** 33)).toEqual([0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001]);
  });
});

describe('what travels as an object', () => {
  const NOTHING = [null, null, null, null, {}, null, null, null, null] as const;
  const line = (frames: FrameBuilder) => JSON.parse(encodeAll(encoderOf(frames), frames.frames).toString());

  test('keeps severity, event, structured body, times and trace of an OpenTelemetry record', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const scope = frames.scope({ name: 'lib', tags: ['a'], attributes: { exchange: 'mexc' } });
    const traceId = 'ab'.repeat(16);
    frames.object(scope, rankOfLevel('error'), 0n, 7, [
      21,
      'FATAL',
      { code: 5n },
      'app.crash',
      { level: 'x' },
      1n,
      null,
      [traceId, 'cd'.repeat(8), 1],
      null,
    ]);
    expect(line(frames)).toEqual({
      time: '1970-01-01T00:00:00.000000001Z',
      level: 'error',
      severity_text: 'FATAL',
      logger: 'lib',
      msg: { code: 5 },
      event: 'app.crash',
      tags: ['a'],
      exchange: 'mexc',
      level_: 'x',
      trace_id: traceId,
      span_id: 'cd'.repeat(8),
      seq: 7,
    });
  });

  test.each([10n ** 30n, -(10n ** 30n)])('a time of %s nanoseconds has no date, and is told as it is', (time) => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    frames.object(0, 1, 0n, 1, [...NOTHING.slice(0, 5), time, null, null, null]);
    expect(line(frames).time).toBe(`${time}ns`);
  });

  test('keeps a severity text that is not its level’s, and has none for an empty one', () => {
    for (const [text, shown] of [
      ['Notice', 'Notice'],
      ['INFO', undefined],
      ['', undefined],
    ]) {
      const frames = new FrameBuilder(1 << 12, 1 << 12);
      frames.object(0, rankOfLevel('info'), 0n, 1, [9, text!, 'm', ...NOTHING.slice(3)]);
      expect(line(frames).severity_text).toBe(shown);
    }
  });

  test('longer than the head word can tell', () => {
    const frames = new FrameBuilder(1 << 18, 1 << 12);
    const body = 'ü"'.repeat(20_000);
    frames.object(0, 1, 0n, 1, [null, null, body, null, {}, null, null, null, { name: 'inline', tags: [], attributes: {} }]);
    expect(line(frames)).toMatchObject({ logger: 'inline', msg: body });
  });

  test('a mark of losses is a record of our own', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    frames.loss({ nanos: 0n, firstSequence: 11, droppedByLevel: [0, 5, 2, 0, 0, 0] });
    expect(line(frames)).toMatchObject({ logger: 'hft-otel', lost: 7, debug: 5, info: 2, first_sequence: 11, seq: 11 });
  });
});
