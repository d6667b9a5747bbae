import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame } from '../../src/codec/decode.ts';
import { kindOf, unitsOf } from '../../src/codec/frames.ts';
import { KIND_PAD, KIND_TURN } from '../../src/codec/layout.ts';
import type { Encoder, FrameSource, LaneContext } from '../../src/encoders/encoder.ts';
import { JsonLinesEncoder } from '../../src/encoders/json/lines.ts';
import { jsonLine } from '../../src/encoders/json/record.ts';
import { OtlpProtobufEncoder } from '../../src/encoders/otlp/protobuf.ts';
import { TextLinesEncoder } from '../../src/encoders/text/lines.ts';
import { TestLane } from '../support/lane.ts';
import { decodeProtobufRequest } from '../support/otlp-decode.ts';
import { encodeAll } from './output.ts';

const CONTEXT: LaneContext = {
  lane: 'logs',
  clock: { offsetNanos: 0n },
  sequenceOf: (low) => low >>> 0,
  attributeLimit: Number.POSITIVE_INFINITY,
};

/** Takes what a lane holds in runs of frames between turns of its dictionary, as the drain does. */
function* runs(lane: TestLane, source: FrameSource): Generator<Int32Array> {
  const { reader } = lane;
  const head = reader.peek();
  let at = reader.position;
  let frames: number[] = [];
  while (at !== head) {
    if (at === reader.capacity || kindOf(reader.words, at) === KIND_PAD) {
      at = 0;
      continue;
    }
    if (kindOf(reader.words, at) === KIND_TURN) {
      yield Int32Array.from(frames);
      frames = [];
      source.definitions.turn();
    } else {
      frames.push(at);
    }
    at += unitsOf(reader.words, at);
  }
  yield Int32Array.from(frames);
  reader.release(at, source.definitions.half, 0);
}

test('what real calls wrote into a real ring comes out of every encoder, before and after the ring wraps and the dictionary turns', async () => {
  const lane = new TestLane({ ringBytes: 1 << 16, dictionaryBytes: 1 << 13 });
  const { reader } = lane;
  const source: FrameSource = {
    words: reader.words,
    doubles: reader.doubles,
    nanos: reader.nanos,
    bytes: reader.bytes,
    definitions: lane.definitions,
  };
  const encoders: Encoder[] = [
    new JsonLinesEncoder(source, CONTEXT, 'run'),
    new OtlpProtobufEncoder(source, CONTEXT, {}),
    new TextLinesEncoder(source, CONTEXT, { colored: false, date: false }),
  ];
  const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 50 }), 300);
  let sent = 0;
  let received = 0;
  for (let i = 0; i < 12_000; i++, sent++) {
    const text = texts[i % texts.length];
    if (i % 7 === 0) lane.log(`order ${i} placed`, { i, text });
    else if (i % 11 === 0)
      lane.log('nested', { i, deep: { list: [i, text], at: new Date(i) }, big: 2n ** 60n, error: new Error(text) });
    else
      lane.log(`kind ${i % 200}`, {
        i,
        price: i * 0.01,
        side: i & 1 ? 'BUY' : 'SELL',
        id: `id-${i}`,
        live: i % 3 === 0,
        none: null,
        text,
      });
    if (i % 60 !== 0) continue;
    await null;
    for (const frames of runs(lane, source)) {
      const [json, otlp, plain] = encoders.map((encoder) => encodeAll(encoder, frames));
      const decoded = Array.from(frames, (unit) => decodeFrame(source, unit, { ...CONTEXT, offsetNanos: 0n }));
      const lines = json.toString().split('\n').slice(0, -1);
      expect(lines.map((line) => JSON.parse(line))).toEqual(decoded.map((record) => JSON.parse(jsonLine(record, 'run'))));
      const numbers = decodeProtobufRequest(otlp).map(({ attributes }) => Number(attributes.i));
      expect(numbers.sort((a, b) => a - b)).toEqual(decoded.map(({ attributes }) => attributes.i));
      expect(plain.toString().match(/^\d\d:\d\d:\d\d/gm)?.length ?? 0).toBe(decoded.length);
      received += decoded.length;
    }
  }
  expect(received).toBeGreaterThan(sent - 60);
  expect(lane.turns).toBeGreaterThan(2);
});

test('an error beside a field of the name of one of its parts gives each name once', () => {
  const lane = new TestLane();
  const { reader } = lane;
  const source: FrameSource = {
    words: reader.words,
    doubles: reader.doubles,
    nanos: reader.nanos,
    bytes: reader.bytes,
    definitions: lane.definitions,
  };
  for (let i = 0; i < 3; i++)
    lane.log('failed', { 'exception.type': 'mine', error: new TypeError('no price'), 'exception.message': 'theirs' });
  for (const frames of runs(lane, source)) {
    const lines = encodeAll(new JsonLinesEncoder(source, CONTEXT, 'run'), frames)
      .toString()
      .split('\n')
      .slice(0, -1);
    for (const line of lines) {
      expect(line.split('"exception.type"').length).toBe(2);
      expect(JSON.parse(line)).toMatchObject({ 'exception.type': 'TypeError', 'exception.message': 'theirs' });
    }
    for (const { attributeNames, attributes } of decodeProtobufRequest(
      encodeAll(new OtlpProtobufEncoder(source, CONTEXT, {}), frames),
    )) {
      expect(new Set(attributeNames).size).toBe(attributeNames.length);
      expect(attributes).toMatchObject({ 'exception.type': 'TypeError', 'exception.message': 'theirs' });
    }
  }
});
