import { describe, expect, test } from 'vitest';
import { VALUE_ARRAY, VALUE_REDACTED } from '../../src/codec/values/value.ts';
import type { Encoder, FrameSource, LaneContext } from '../../src/encoders/encoder.ts';
import { JsonLinesEncoder } from '../../src/encoders/json/lines.ts';
import { OtlpProtobufEncoder } from '../../src/encoders/otlp/protobuf.ts';
import { TextLinesEncoder } from '../../src/encoders/text/lines.ts';
import { FrameBuilder, Interned, RawValue } from '../support/frames.ts';
import { encodeAll, GuardedOutput } from './output.ts';

const context = (lane: LaneContext['lane']): LaneContext => ({
  lane,
  clock: { offsetNanos: 0n },
  sequenceOf: (low) => low >>> 0,
  attributeLimit: Number.POSITIVE_INFINITY,
});

const ENCODERS: Readonly<Record<string, (source: FrameSource) => Encoder>> = {
  'JSON lines': (source) => new JsonLinesEncoder(source, context('logs'), 'run'),
  'audit lines': (source) => new JsonLinesEncoder(source, context('audit'), 'run'),
  'text lines': (source) => new TextLinesEncoder(source, context('logs'), { colored: true, date: true }),
  OTLP: (source) => new OtlpProtobufEncoder(source, context('logs'), { 'service.name': 'x' }),
  'OTLP audits': (source) => new OtlpProtobufEncoder(source, context('audit'), { 'service.name': 'x' }),
};

/** Records whose output is as long as their frames allow, or longer: what an encoder cannot tell from a frame's size. */
const LONGEST: Readonly<Record<string, { readonly message?: string; readonly fields: Record<string, unknown> }>> = {
  'texts behind ids, all of it escaped': {
    fields: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`k${i}`, new Interned('\u0001'.repeat(300))])),
  },
  'texts in the frame, all of it escaped': { fields: { a: '\u0001'.repeat(400), b: '"'.repeat(7), c: '\u2028'.repeat(100) } },
  // One byte each in the frame, thirteen in a line.
  'nested values that grow': {
    fields: { list: new RawValue(Uint8Array.of(VALUE_ARRAY, 44, 1, 0, 0, ...new Array(300).fill(VALUE_REDACTED))) },
  },
  'numbers of every length': {
    fields: {
      a: -1.2345678901234567e-308,
      b: -(2 ** 63),
      c: -1,
      d: Number.NEGATIVE_INFINITY,
      e_us: 1.1,
      f: 0.1 + 0.2,
      g: 1e21,
      h: -0,
    },
  },
  'a long message in the frame': { message: 'm'.repeat(500), fields: {} },
  'long keys': { fields: { ['k'.repeat(500)]: 1, ['\u0001'.repeat(100)]: 'x' } },
};

describe.each(Object.entries(ENCODERS))('%s', (_, make) => {
  test.each(Object.entries(LONGEST))(
    '%s: at no limit is anything written beyond it, and the first record is taken if it fits',
    (_, { message, fields }) => {
      const frames = new FrameBuilder(1 << 16, 1 << 16);
      const scope = frames.scope({ name: 'x', tags: [], attributes: {} });
      const trace = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), sampled: true };
      for (let i = 0; i < 2; i++) {
        frames.record({
          scope,
          levelRank: 2,
          message: message ?? 'm',
          inlineMessage: message !== undefined,
          fields,
          nanos: BigInt(i),
          sequence: i + 1,
          trace,
        });
      }
      const all = frames.frames;
      const whole = encodeAll(make(frames.source), all).length;
      const first = encodeAll(make(frames.source), all.subarray(0, 1)).length;
      const encoder = make(frames.source);
      let most = 0;
      for (let capacity = 0; capacity <= whole * 9; capacity += 1 + (capacity >> 6)) {
        const output = new GuardedOutput(capacity);
        const taken = encoder.encode(all, 0, 2, output);
        expect(output.guardsHold).toBe(true);
        expect(taken).toBeGreaterThanOrEqual(most);
        most = taken;
        if (capacity >= first + 100) expect(taken).toBeGreaterThanOrEqual(1);
      }
      expect(most).toBe(2);
    },
  );
});
