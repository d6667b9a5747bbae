/**
 * Random records for tests of encoders: every kind of value, every way a value can travel, names that collide, texts that try to break out.
 */

import fc from 'fast-check';
import type { Scope } from '../../src/record.ts';
import { LEVEL_COUNT } from '../../src/record.ts';
import { type FrameBuilder, type FrameRecord, Interned, REDACTED } from '../support/frames.ts';

export interface RandomRecord extends Omit<FrameRecord, 'scope'> {
  readonly scope: Scope;
}

/** Characters that move cursors, end lines, hide or reorder text, or mean something to JSON or protobuf. */
const NASTY =
  '"\\/\u0000\u0001\b\t\n\f\r\u001b\u007f\u0080\u0085\u009b\u009f\u00a0é日😀\u061c\u200e\u200f\u2028\u2029\u202e\u2066\u2069\ufeff\ufffd';

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...NASTY), maxLength: 12 }),
  fc.string({ minLength: 120, maxLength: 300 }),
);

const key = fc.oneof(
  fc.constantFrom('symbol', 'side', 'qty', 'price', 'id', 'exchange', '__proto__', 'constructor', '5', ''),
  fc.constantFrom(
    'time',
    'level',
    'logger',
    'msg',
    'msg_',
    'tags',
    'seq',
    'trace_id',
    'span_id',
    'event',
    'audit_seq',
    'run',
    'seq_',
    'seq__',
  ),
  fc.constantFrom('event.name', 'hft.audit', 'hft.audit.seq'),
  fc.string({ maxLength: 10 }),
  fc.string({ minLength: 100, maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...NASTY), maxLength: 6 }),
);

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.integer({ min: 0, max: 1e9 }).map((n) => n / 100),
  fc.maxSafeInteger(),
  fc.constantFrom(
    0,
    -0,
    -1,
    127,
    128,
    2 ** 31,
    -(2 ** 31),
    2 ** 53,
    -(2 ** 53),
    2 ** 63,
    -(2 ** 63),
    1e21,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ),
);

const scalar = fc.oneof(number, text, fc.boolean(), fc.constantFrom(null, undefined));

const { nested } = fc.letrec<{ nested: unknown }>((tie) => ({
  nested: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.bigInt(),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('nested'), { maxLength: 4 }),
    fc.dictionary(text, tie('nested'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 2, arbitrary: text.map((interned) => new Interned(interned)) },
  { weight: 1, arbitrary: fc.constant(REDACTED) },
  { weight: 2, arbitrary: nested },
);

export type FieldEntries = readonly (readonly [string, unknown])[];

/** Fields in their order, whatever their names. Texts are what arrives of them: lone surrogates do not survive UTF-8. */
function fieldsOf(entries: FieldEntries): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, fieldValue] of entries) fields[name.toWellFormed()] = fieldValue;
  return fields;
}

const scope: fc.Arbitrary<Scope> = fc.record(
  {
    name: fc.oneof(fc.constantFrom('exchange.mexc.private.ws', 'strategy.a'), text),
    version: fc.constantFrom('1.2.3', ''),
    tags: fc.array(text, { maxLength: 4 }),
    attributes: fc
      .uniqueArray(fc.tuple(key, fc.oneof(scalar, nested)), { selector: ([name]) => name.toWellFormed(), maxLength: 4 })
      .map(fieldsOf),
  },
  { requiredKeys: ['name', 'tags', 'attributes'] },
);

const trace = fc.record({
  traceId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  spanId: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  sampled: fc.boolean(),
});

export const randomRecord: fc.Arbitrary<RandomRecord> = fc.record(
  {
    scope,
    levelRank: fc.nat(LEVEL_COUNT - 1),
    message: text,
    inlineMessage: fc.boolean(),
    fields: fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name.toWellFormed(), maxLength: 20 }).map(fieldsOf),
    nanos: fc.bigInt({ min: 0n, max: 2n ** 62n }),
    sequence: fc.integer({ min: 1, max: 2 ** 31 }),
    trace,
  },
  { requiredKeys: ['scope', 'levelRank', 'message', 'inlineMessage', 'fields', 'nanos', 'sequence'] },
);

/** Appends the frame of a random record. */
export function append(frames: FrameBuilder, record: RandomRecord): number {
  return frames.record({ ...record, scope: frames.scope(record.scope) });
}

/** What arrives of a text. */
export function arrived(sent: string): string {
  return sent.toWellFormed();
}

/** What a decoder makes of a field's value: see docs/values.md. */
export function decoded(sent: unknown): unknown {
  if (sent instanceof Interned) return arrived(sent.text);
  if (sent === REDACTED) return '[redacted]';
  if (typeof sent === 'string') return arrived(sent);
  if (sent instanceof Uint8Array) return sent;
  if (Array.isArray(sent)) return sent.map(decoded);
  if (typeof sent === 'object' && sent !== null)
    return Object.fromEntries(Object.entries(sent).map(([name, element]) => [arrived(name), decoded(element)]));
  return sent;
}
