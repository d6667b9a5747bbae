import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame } from '../../src/codec/decode.ts';
import type { LaneContext } from '../../src/encoders/encoder.ts';
import { JsonLinesEncoder } from '../../src/encoders/json/lines.ts';
import { jsonLine } from '../../src/encoders/json/record.ts';
import { OtlpProtobufEncoder } from '../../src/encoders/otlp/protobuf.ts';
import { TextLinesEncoder } from '../../src/encoders/text/lines.ts';
import { textLine } from '../../src/encoders/text/record.ts';
import { FrameBuilder } from '../support/frames.ts';
import { decodeProtobufRequest } from '../support/otlp-decode.ts';
import { encodeAll } from './output.ts';

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'seq', '…'), { maxLength: 8 });
const values = (keys: readonly string[]) => Object.fromEntries(keys.map((key, i) => [key, i]));
const TEXT = { colored: false, date: true };

test('every destination keeps the same attributes, those of the context first, and tells how many it left out', () => {
  fc.assert(
    fc.property(names, names, fc.integer({ min: 1, max: 10 }), (context, fields, attributeLimit) => {
      const frames = new FrameBuilder(1 << 12, 1 << 12);
      const scope = frames.scope({ name: 'limited', tags: ['t'], attributes: values(context) });
      frames.record({ scope, levelRank: 2, message: 'm', fields: values(fields), nanos: 0n, sequence: 1 });
      const lane: LaneContext = { lane: 'logs', clock: { offsetNanos: 0n }, sequenceOf: (low) => low, attributeLimit };
      const { source } = frames;
      const [unit] = frames.frames;

      const all = { ...values(context), ...values(fields) };
      const kept = Object.keys(all).slice(0, attributeLimit);
      const dropped = Object.keys(all).length - kept.length;
      const record = decodeFrame(source, unit, { ...lane, offsetNanos: 0n });
      expect({ ...record.attributes }).toEqual(Object.fromEntries(kept.map((key) => [key, all[key]])));
      expect(record.droppedAttributesCount).toBe(dropped > 0 ? dropped : undefined);

      const json = encodeAll(new JsonLinesEncoder(source, lane, 'run'), frames.frames).toString();
      expect(JSON.parse(json)).toEqual(JSON.parse(jsonLine(record, 'run')));
      expect(JSON.parse(json)['…']).toBe(dropped > 0 ? `[+${dropped} fields]` : undefined);
      const text = encodeAll(new TextLinesEncoder(source, lane, TEXT), frames.frames).toString();
      const words = (line: string) => line.trim().split(/ +/).sort();
      expect(words(text)).toEqual(words(textLine(record, TEXT)));
      expect(text.includes(`"[+${dropped} fields]"`)).toBe(dropped > 0);
      const [sent] = decodeProtobufRequest(encodeAll(new OtlpProtobufEncoder(source, lane, {}), frames.frames));
      expect(sent.droppedAttributesCount).toBe(dropped);
      expect(Object.keys(sent.attributes).sort()).toEqual([...kept, 'tags'].sort());
    }),
    { numRuns: 500 },
  );
});

test('an audit event keeps what its caller gave it', async () => {
  const { createTestLogging } = await import('../../src/testing.ts');
  const logging = createTestLogging({ attributeCountLimit: 2 });
  const log = logging.getLogger('desk').withContext({ a: 1, b: 2 });
  log.info('limited', { c: 3 });
  log.audit('whole', { c: 3 });
  expect(logging.records()[0]).toMatchObject({ attributes: { component: 'desk', a: 1 }, droppedAttributesCount: 2 });
  expect(logging.audits()[0].attributes).toMatchObject({ component: 'desk', a: 1, b: 2, c: 3 });
});
