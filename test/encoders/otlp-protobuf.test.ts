import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OtlpProtobufEncoder } from '../../src/encoders/otlp/protobuf.ts';
import type { Lane, Scope } from '../../src/record.ts';
import { SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../../src/record.ts';
import { FrameBuilder, Interned } from '../support/frames.ts';
import { decodeProtobufRequest, type OtlpRecord } from '../support/otlp-decode.ts';
import { encodeAll, GuardedOutput } from './output.ts';
import { append, arrived, decoded, type RandomRecord, randomRecord } from './records.ts';

const OFFSET_NANOS = 1_700_000_000_123_456_789n;
const RESOURCE = { 'service.name': 'gateway', 'service.version': '1.2.3', pid: 4711, ratio: 0.5, args: ['a', 'b'], on: true };

function encoderOf(frames: FrameBuilder, lane: Lane = 'logs'): OtlpProtobufEncoder {
  return new OtlpProtobufEncoder(
    frames.source,
    { lane, clock: { offsetNanos: OFFSET_NANOS }, sequenceOf: (low) => low >>> 0, attributeLimit: Number.POSITIVE_INFINITY },
    RESOURCE,
  );
}

/** Records with times that differ, so that they can be told apart in any order. */
const randomRecords = fc
  .array(randomRecord, { minLength: 1, maxLength: 6 })
  .map((records) => records.map((record, i) => ({ ...record, nanos: (record.nanos & ~0xffn) | BigInt(i) })));

function inOrder(records: readonly OtlpRecord[]): OtlpRecord[] {
  return [...records].sort((a, b) => Number(a.timeUnixNanos & 0xffn) - Number(b.timeUnixNanos & 0xffn));
}

/** The record as an SDK would hand it to its exporter. */
function readable(record: RandomRecord, lane: Lane): ReadableLogRecord {
  const { scope, fields, trace } = record;
  const attributes: Record<string, unknown> = Object.create(null);
  if (scope.tags.length > 0) attributes.tags = scope.tags.map(arrived);
  for (const [key, value] of [...Object.entries(scope.attributes), ...Object.entries(fields)])
    attributes[arrived(key)] = official(decoded(value));
  const message = arrived(record.message);
  if (lane === 'audit') Object.assign(attributes, { 'hft.audit': true, 'hft.audit.seq': record.sequence, 'event.name': message });
  const time = record.nanos + OFFSET_NANOS;
  const hrTime: [number, number] = [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)];
  return {
    hrTime,
    hrTimeObserved: hrTime,
    severityNumber: SEVERITY_NUMBERS[record.levelRank],
    severityText: SEVERITY_TEXTS[record.levelRank],
    body: message,
    ...(lane === 'audit' && { eventName: message }),
    attributes: attributes as never,
    ...(trace && { spanContext: { traceId: trace.traceId, spanId: trace.spanId, traceFlags: trace.sampled ? 1 : 0 } }),
    instrumentationScope: { name: arrived(scope.name), ...(scope.version !== undefined && { version: scope.version }) },
    resource: { attributes: RESOURCE, merge: () => expect.unreachable(), getRawAttributes: () => [] },
    droppedAttributesCount: 0,
  };
}

/** Values as OpenTelemetry's serializer can take them: it has no answer to a bigint. */
function official(value: unknown): unknown {
  if (typeof value === 'bigint') return isInt64(value) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(official);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, official(element)]));
  return value;
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** Integers as doubles, which is all that OpenTelemetry's serializer is given; ours has more exact ones from bigints. */
function comparable(value: unknown): unknown {
  if (typeof value === 'bigint') return BigInt(Number(value));
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(comparable);
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, comparable(element)]));
}

/** Names of attributes may come in another order: what counts is that none comes twice. */
function comparableRecord({ timeUnixNanos, observedTimeUnixNanos, attributeNames, ...rest }: OtlpRecord): unknown {
  return { timeUnixNanos, observedTimeUnixNanos, attributeNames: [...attributeNames].sort(), rest: comparable(rest) };
}

describe("what a server reads equals what OpenTelemetry's own serializer would have sent", () => {
  test.each(['logs', 'audit'] as const)('any records of the lane %s', (lane) => {
    fc.assert(
      fc.property(randomRecords, (records) => {
        const frames = new FrameBuilder(1 << 18, 1 << 18);
        for (const record of records) append(frames, record);
        const ours = inOrder(decodeProtobufRequest(encodeAll(encoderOf(frames, lane), frames.frames)));
        const theirs = inOrder(
          decodeProtobufRequest(ProtobufLogsSerializer.serializeRequest(records.map((record) => readable(record, lane)))!),
        );
        expect(ours.map(comparableRecord)).toEqual(theirs.map(comparableRecord));
      }),
      { numRuns: 400 },
    );
  });
});

describe('requests are built up', () => {
  test('of several calls, in one output', () => {
    fc.assert(
      fc.property(randomRecords, fc.nat({ max: 6 }), (records, split) => {
        const frames = new FrameBuilder(1 << 18, 1 << 18);
        for (const record of records) append(frames, record);
        const all = frames.frames;
        const encoder = encoderOf(frames);
        const output = new GuardedOutput(1 << 20);
        const middle = Math.min(split, all.length);
        expect(encoder.encode(all, 0, middle, output)).toBe(middle);
        expect(encoder.encode(all, middle, all.length, output)).toBe(all.length);
        const inOneGo = inOrder(decodeProtobufRequest(encodeAll(encoderOf(frames), all)));
        expect(inOrder(decodeProtobufRequest(output.written))).toEqual(inOneGo);
      }),
      { numRuns: 100 },
    );
  });

  test('whatever the limit, whole records come out, the first ones, and nothing is written beyond it', () => {
    fc.assert(
      fc.property(randomRecords, fc.integer({ min: 0, max: 3000 }), fc.nat({ max: 16 }), (records, capacity, start) => {
        const frames = new FrameBuilder(1 << 18, 1 << 18);
        for (const record of records) append(frames, record);
        const all = frames.frames;
        const whole = decodeProtobufRequest(encodeAll(encoderOf(frames), all));
        const output = new GuardedOutput(capacity + start, start);
        const end = encoderOf(frames).encode(all, 0, all.length, output);
        expect(output.guardsHold).toBe(true);
        expect(inOrder(decodeProtobufRequest(output.written)).map(comparableRecord)).toEqual(
          inOrder(whole).slice(0, end).map(comparableRecord),
        );
      }),
      { numRuns: 400 },
    );
  });

  test('a record is taken if its exact length fits', () => {
    fc.assert(
      fc.property(randomRecord, (record) => {
        const frames = new FrameBuilder(1 << 18, 1 << 18);
        append(frames, record);
        const [expected] = decodeProtobufRequest(encodeAll(encoderOf(frames), frames.frames));
        const least = leastCapacity(frames);
        const output = new GuardedOutput(least);
        expect(encoderOf(frames).encode(frames.frames, 0, 1, output)).toBe(1);
        expect(output.position).toBe(output.limit);
        expect(output.guardsHold).toBe(true);
        const [record2] = decodeProtobufRequest(output.written);
        expect(comparableRecord(record2)).toEqual(comparableRecord(expected));
      }),
      { numRuns: 200 },
    );
  });

  test('of loggers which take turns, each scope is said once', () => {
    const frames = new FrameBuilder(1 << 16, 1 << 16);
    const scope = (name: string, context: Record<string, unknown>, rest?: Partial<Scope>) =>
      frames.scope({ name, tags: [], attributes: context, ...rest });
    const scopes = [
      scope('a', {}),
      scope('b', {}),
      scope('a', { order: 1 }),
      scope('a', { order: 2 }, { version: '2' }),
      scope('b', {}, { resource: { 'service.name': 'other' } }),
      scope('c', {}, { resource: { 'service.name': 'other' } }),
    ];
    for (let i = 0; i < 60; i++) {
      frames.record({ scope: scopes[i % 6], levelRank: 2, message: 'm', fields: { i }, nanos: BigInt(i), sequence: i + 1 });
    }
    const records = decodeProtobufRequest(encodeAll(encoderOf(frames), frames.frames));
    expect(records.length).toBe(60);
    expect(new Set(records.map((record) => record.scope)).size).toBe(5);
    expect(new Set(records.map((record) => record.resource)).size).toBe(2);
    for (const { scope, resource, attributes } of records) {
      const kind = Number(attributes.i) % 6;
      expect([scope.name, scope.version]).toEqual(
        [
          ['a', ''],
          ['b', ''],
          ['a', ''],
          ['a', '2'],
          ['b', ''],
          ['c', ''],
        ][kind],
      );
      expect(resource['service.name']).toBe(kind < 4 ? 'gateway' : 'other');
    }
  });
});

/** Fewest bytes of output into which the first frame goes. */
function leastCapacity(frames: FrameBuilder): number {
  let least = 0;
  let enough = 1 << 17;
  while (least < enough) {
    const middle = (least + enough) >> 1;
    if (encoderOf(frames).encode(frames.frames, 0, 1, new GuardedOutput(middle)) === 1) enough = middle;
    else least = middle + 1;
  }
  return least;
}

describe('what travels as an object', () => {
  const decodeOne = (frames: FrameBuilder) => decodeProtobufRequest(encodeAll(encoderOf(frames), frames.frames))[0];

  test('keeps severity, event, structured body, times, trace and its own scope', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const traceId = 'ab'.repeat(16);
    const scope = {
      name: 'lib',
      version: '3',
      tags: ['x'],
      attributes: { exchange: 'mexc' },
      resource: { 'service.name': 'other' },
    };
    frames.object(0, 3, 0n, 7, [
      21,
      'FATAL',
      { code: 5n, list: [null, 1.5] },
      'app.crash',
      { ok: true },
      1n,
      2n,
      [traceId, 'cd'.repeat(8), 1],
      scope,
    ]);
    expect(decodeOne(frames)).toMatchObject({
      resource: { 'service.name': 'other' },
      scope: { name: 'lib', version: '3' },
      timeUnixNanos: 1n,
      observedTimeUnixNanos: 2n,
      severityNumber: 21,
      severityText: 'FATAL',
      eventName: 'app.crash',
      body: { code: 5n, list: [null, 1.5] },
      attributes: { tags: ['x'], exchange: 'mexc', ok: true },
      traceId,
      spanId: 'cd'.repeat(8),
      flags: 1,
    });
  });

  test('a mark of losses is a record of our own', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    frames.loss({ nanos: 0n, firstSequence: 11, droppedByLevel: [0, 5, 2, 0, 0, 0] });
    expect(decodeOne(frames)).toMatchObject({
      scope: { name: 'hft-otel' },
      attributes: { lost: 7n, debug: 5n, info: 2n, first_sequence: 11n },
    });
  });

  test('any number of scopes without definition pass through', () => {
    const frames = new FrameBuilder(1 << 21, 1 << 12);
    for (let i = 0; i < 5000; i++) {
      frames.object(0, 1, BigInt(i), i + 1, [
        null,
        null,
        'm',
        null,
        { i },
        null,
        null,
        null,
        { name: `scope ${i}`, tags: [], attributes: {} },
      ]);
    }
    const encoder = encoderOf(frames);
    for (const frame of [frames.frames.subarray(0, 4500), frames.frames.subarray(4500)]) {
      for (const { scope, attributes } of decodeProtobufRequest(encodeAll(encoder, frame)))
        expect(scope.name).toBe(`scope ${attributes.i}`);
    }
  });
});

test('of a record that travels as an object, attributes beyond the limit are counted', () => {
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  frames.object(0, 1, 0n, 1, [null, null, 'm', null, { a: 1, b: 2, c: 3 }, null, null, null, null]);
  const context = { lane: 'logs' as const, clock: { offsetNanos: 0n }, sequenceOf: (low: number) => low };
  for (const [attributeLimit, droppedAttributesCount] of [
    [1, 2],
    [3, 0],
  ]) {
    const encoder = new OtlpProtobufEncoder(frames.source, { ...context, attributeLimit }, RESOURCE);
    expect(decodeProtobufRequest(encodeAll(encoder, frames.frames))[0]).toMatchObject({ droppedAttributesCount });
  }
});

describe('what changes between calls is followed', () => {
  const bare = { name: 'x', tags: [], attributes: {} };
  const base = { levelRank: 2, message: 'm', fields: { price: 1.5 }, nanos: 0n, sequence: 1 };

  test('numbers of audit events go on beyond 32 bits', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const scope = frames.scope(bare);
    for (const sequence of [0xffff_fffe, 0xffff_ffff, 0, 1]) frames.record({ ...base, scope, sequence });
    const encoder = new OtlpProtobufEncoder(
      frames.source,
      { lane: 'audit', clock: { offsetNanos: 0n }, sequenceOf: (low) => 2 ** 33 + (low >>> 0), attributeLimit: 9 },
      RESOURCE,
    );
    const numbers = decodeProtobufRequest(encodeAll(encoder, frames.frames)).map(({ attributes }) => attributes['hft.audit.seq']);
    expect(numbers).toEqual([0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001].map((low) => BigInt(2 ** 33 + low)));
  });

  test('the wall clock is anchored anew', () => {
    const clock = { offsetNanos: 5n };
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const context = { lane: 'logs' as const, clock, sequenceOf: (low: number) => low, attributeLimit: 9 };
    const encoder = new OtlpProtobufEncoder(frames.source, context, RESOURCE);
    const frame = Int32Array.of(frames.record({ ...base, scope: frames.scope(bare), nanos: 3n }));
    const time = () => decodeProtobufRequest(encodeAll(encoder, frame))[0].timeUnixNanos;
    expect(time()).toBe(8n);
    clock.offsetNanos = 1_000_000_000_000n;
    expect(time()).toBe(1_000_000_000_003n);
  });
});

test('ids get new meanings when the dictionary turns', () => {
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  const encoder = encoderOf(frames);
  const add = (name: string) =>
    frames.record({
      scope: frames.scope({ name, tags: [], attributes: {} }),
      levelRank: 2,
      message: `from ${name}`,
      fields: { of: new Interned(name) },
      nanos: 0n,
      sequence: 1,
    });
  const [before] = decodeProtobufRequest(encodeAll(encoder, Int32Array.of(add('first'))));
  frames.turn();
  const [after] = decodeProtobufRequest(encodeAll(encoder, Int32Array.of(add('second'))));
  for (const [record, name] of [
    [before, 'first'],
    [after, 'second'],
  ] as const)
    expect(record).toMatchObject({ scope: { name }, body: `from ${name}`, attributes: { of: name } });
});
