/**
 * Frames → records as objects, against what docs/values.md and the layout of frames say of each part.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DecodeContext, decodeFrame } from '../../src/codec/decode.ts';
import { unitsOf } from '../../src/codec/frames.ts';
import { KIND_PAD, KIND_TURN } from '../../src/codec/layout.ts';
import { LOSS_REASONS } from '../../src/health/counters.ts';
import { LANES, type Lane, LEVELS, type Scope, SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../../src/record.ts';
import { append, arrived, decoded, type RandomRecord, randomRecord } from '../encoders/records.ts';
import { FrameBuilder } from '../support/frames.ts';

const OFFSET_NANOS = 1_700_000_000_123_456_789n;
const lane = fc.constantFrom<Lane>('logs', 'audit');

function contextOf(lane: Lane, more: Partial<DecodeContext> = {}): DecodeContext {
  return { lane, offsetNanos: OFFSET_NANOS, sequenceOf: (low) => low >>> 0, attributeLimit: Number.POSITIVE_INFINITY, ...more };
}

/** Attributes in their order: those of the scope, then fields; a later one replaces the value of an earlier one. */
function attributesOf(context: object, fields: object, limit: number): { kept: [string, unknown][]; dropped: number } {
  const all = new Map<string, unknown>();
  // Properties whose names are numbers come first in any object.
  const merged = Object.assign(Object.create(null), context, fields);
  for (const [key, value] of Object.entries(merged)) all.set(arrived(key), decoded(value));
  return { kept: [...all].slice(0, limit), dropped: Math.max(0, all.size - limit) };
}

function own(lane: Lane, body: unknown, sequence: number): [string, unknown][] {
  if (lane === 'logs') return [];
  return [
    ['event.name', body],
    ['hft.audit', true],
    ...(sequence > 0 ? ([['hft.audit.seq', sequence]] as [string, unknown][]) : []),
  ];
}

/** Without prototypes and kinds of byte arrays. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function expectRecord(record: object, attributes: [string, unknown][], others: object): void {
  const { attributes: found, ...rest } = record as { attributes: object };
  expect(plain(found)).toEqual(new Map(attributes.map(([key, value]) => [key, plain(value)])));
  expect(plain(rest)).toEqual(plain(others));
}

describe('a record of a shape', () => {
  test('comes out with every part that went in, and with no other', () => {
    fc.assert(
      fc.property(
        randomRecord,
        lane,
        fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY),
        fc.nat(2),
        (record, lane, attributeLimit, before) => {
          const frames = new FrameBuilder(1 << 16, 1 << 16);
          for (let i = 0; i < before; i++) frames.object(0, 1, 5n, 6, ['before']);
          const unit = append(frames, record);
          const context = contextOf(lane, { attributeLimit });
          const { kept, dropped } = attributesOf(record.scope.attributes, record.fields, attributeLimit);
          const body = arrived(record.message);
          const attributes = [...new Map([...kept, ...own(lane, body, record.sequence)])];
          expectRecord(decodeFrame(frames.source, unit, context), attributes, {
            ...headOf(record, lane),
            ...(dropped > 0 && { droppedAttributesCount: dropped }),
          });
        },
      ),
      { numRuns: 400 },
    );
  });

  function headOf({ scope, levelRank, message, nanos, trace, sequence }: RandomRecord, lane: Lane): object {
    const body = arrived(message);
    const time = nanos + OFFSET_NANOS;
    return {
      lane,
      level: LEVELS[levelRank],
      severityNumber: SEVERITY_NUMBERS[levelRank],
      severityText: SEVERITY_TEXTS[levelRank],
      body,
      ...(lane === 'audit' && { eventName: body }),
      timeUnixNanos: time,
      observedTimeUnixNanos: time,
      loggerName: arrived(scope.name),
      ...(scope.version !== undefined && { loggerVersion: scope.version }),
      tags: scope.tags.map(arrived),
      ...(trace !== undefined && { traceId: trace.traceId, spanId: trace.spanId, traceFlags: trace.sampled ? 1 : 0 }),
      sequence,
    };
  }

  test('has the resource of its scope, or else that of the instance that is read, and the count of its scope’s losses', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const scopes: Scope[] = [
      { name: 'a', tags: [], attributes: {}, resource: { host: 'x' }, droppedAttributesCount: 2 },
      { name: 'b', tags: [], attributes: {} },
    ];
    const [first, second] = scopes.map((scope) =>
      frames.record({ scope: frames.scope(scope), levelRank: 2, message: 'm', fields: { k: 1 }, nanos: 0n, sequence: 1 }),
    );
    const context = contextOf('logs', { resource: { host: 'dead' }, attributeLimit: 0 });
    expect(decodeFrame(frames.source, first!, context)).toMatchObject({ resource: { host: 'x' }, droppedAttributesCount: 3 });
    expect(decodeFrame(frames.source, second!, context)).toMatchObject({ resource: { host: 'dead' }, droppedAttributesCount: 1 });
    expect(decodeFrame(frames.source, second!, contextOf('logs'))).not.toHaveProperty('resource');
  });
});

describe('a record that travels as an object', () => {
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const nanos = fc.bigInt({ min: 0n, max: 2n ** 62n });
  const parts = fc.record({
    severityNumber: optional(fc.integer({ min: 1, max: 24 })),
    severityText: optional(fc.constantFrom('NOTICE', '')),
    body: fc.constantFrom<unknown>('started', { a: [1] }, null, 7),
    eventName: optional(fc.constantFrom('app.start', '')),
    fields: fc.dictionary(fc.constantFrom('a', 'b', 'context'), fc.integer(), { noNullPrototype: true }),
    time: optional(nanos),
    observed: optional(nanos),
    trace: optional(fc.constant(['ab'.repeat(16), 'cd'.repeat(8), 1])),
    scope: optional(fc.constant({ name: 'inline', version: '1', tags: ['t'], attributes: { context: 0 } })),
    dropped: fc.constantFrom(0, 4),
  });

  test('has what its array says, and what the frame says of the rest', () => {
    fc.assert(
      fc.property(parts, lane, fc.boolean(), nanos, fc.constantFrom(0, 1, 2 ** 31), (given, lane, isDefined, time, sequence) => {
        // An event is a text.
        const body = lane === 'audit' ? 'started' : given.body;
        const frames = new FrameBuilder(1 << 14, 1 << 12);
        const defined = { name: 'defined', tags: ['d'], attributes: { context: 'd' } };
        const id = isDefined ? frames.scope(defined) : 0;
        const unit = frames.object(id, 3, time, sequence, [
          given.severityNumber,
          given.severityText,
          body,
          given.eventName,
          given.fields,
          given.time,
          given.observed,
          given.trace,
          given.scope,
          given.dropped,
        ]);
        const scope: { name: string; version?: string; tags: readonly string[]; attributes: object } =
          given.scope ?? (isDefined ? defined : { name: 'hft-otel', tags: [], attributes: {} });
        const clock = time + OFFSET_NANOS;
        const eventName = given.eventName ?? (lane === 'audit' ? body : undefined);
        const attributes = { ...scope.attributes, ...given.fields };
        expectRecord(
          decodeFrame(frames.source, unit, contextOf(lane)),
          [...Object.entries(attributes), ...own(lane, body, sequence)],
          {
            lane,
            level: 'warning',
            severityNumber: given.severityNumber ?? 13,
            severityText: given.severityText ?? 'WARN',
            body,
            ...(eventName !== undefined && { eventName }),
            timeUnixNanos: given.time ?? clock,
            observedTimeUnixNanos: given.observed ?? clock,
            loggerName: scope.name,
            ...(scope.version !== undefined && { loggerVersion: scope.version }),
            tags: scope.tags,
            ...(given.dropped > 0 && { droppedAttributesCount: given.dropped }),
            ...(given.trace !== null && { traceId: given.trace[0], spanId: given.trace[1], traceFlags: 1 }),
            sequence,
          },
        );
      }),
      { numRuns: 400 },
    );
  });
});

test('a frame says where the next one begins, also where it is too long for its head word', () => {
  const frame = fc.oneof(fc.nat(40), fc.integer({ min: 32_600, max: 32_800 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(frame, fc.boolean()), { minLength: 1, maxLength: 5 }), (list) => {
      const frames = new FrameBuilder(1 << 18, 1 << 12);
      for (const [length, isObject] of list) {
        const text = 'x'.repeat(length);
        if (isObject) frames.object(0, 2, 0n, 1, [text]);
        else
          frames.record({ scope: 0, levelRank: 2, message: 'm', fields: { text: text.slice(0, 9_000) }, nanos: 0n, sequence: 1 });
      }
      const found = [0];
      for (let i = 1; i < list.length; i++) found.push(found[i - 1]! + unitsOf(frames.source.words, found[i - 1]!));
      expect(found).toEqual([...frames.frames]);
    }),
  );
});

test('a mark says how many records of each level are missing, of which lane, why, and from which one on', () => {
  const counts = fc.array(fc.nat(1_000), { minLength: LEVELS.length, maxLength: LEVELS.length });
  fc.assert(
    fc.property(
      counts,
      fc.constantFrom(...LOSS_REASONS),
      fc.constantFrom(...LANES),
      fc.nat(5),
      fc.constantFrom(0, 1, 77),
      fc.nat(3),
      (counts, reason, lane, levelRank, first, marksBefore) => {
        const frames = new FrameBuilder(1 << 12, 1 << 12);
        for (let i = 0; i < marksBefore; i++)
          frames.loss({ nanos: 0n, firstSequence: 5, droppedByLevel: LEVELS.map(() => 9), levelRank: 1 });
        const unit = frames.loss({ nanos: 1n, firstSequence: first, droppedByLevel: counts, reason, lane, levelRank });
        const { attributes, ...record } = decodeFrame(frames.source, unit, contextOf('logs'));
        const lost = counts.reduce((sum, count) => sum + count, 0);
        expect({ ...attributes }).toStrictEqual({
          lost,
          lane,
          reason,
          ...(first !== 0 && { first_sequence: first }),
          ...Object.fromEntries(LEVELS.map((level, i) => [level, counts[i]]).filter(([, count]) => count !== 0)),
        });
        expect(record).toMatchObject({
          body: `${lost} records lost: ${reason.replace('_', ' ')}`,
          level: LEVELS[levelRank],
          loggerName: 'hft-otel',
          timeUnixNanos: OFFSET_NANOS + 1n,
        });
      },
    ),
  );
});

describe('what is no record is refused with the frame’s place', () => {
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  const scope = frames.scope({ name: 'a', tags: [], attributes: {} });
  const unit = frames.record({ scope, levelRank: 2, message: 'm', fields: { a: 1, b: 2 }, nanos: 0n, sequence: 1 });
  const { words } = frames.source;
  const tags = words[unit * 2 + 5]!;

  test.each([KIND_PAD, KIND_TURN, -5])('kind %d', (kind) => {
    const at = frames.object(scope, 2, 0n, 1, []);
    words[at * 2 + 1] = kind;
    expect(() => decodeFrame(frames.source, at, contextOf('logs'))).toThrow(
      expect.objectContaining({
        code: 'HFT_CODEC',
        message: expect.stringContaining(`Frame at unit ${at} has unknown kind ${kind}.`),
      }),
    );
  });

  test.each([9, 15])('tag %d', (tag) => {
    words[unit * 2 + 5] = (tags & ~0xf0) | (tag << 4);
    expect(() => decodeFrame(frames.source, unit, contextOf('logs'))).toThrow(
      expect.objectContaining({
        code: 'HFT_CODEC',
        message: expect.stringContaining(`Slot 1 of the frame at unit ${unit} has an unknown tag.`),
      }),
    );
    words[unit * 2 + 5] = tags;
  });
});
