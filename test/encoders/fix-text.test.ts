import { expect, test } from 'vitest';
import { jsonLine } from '../../src/encoders/json/record.ts';
import { TextLinesEncoder } from '../../src/encoders/text/lines.ts';
import { textLine } from '../../src/encoders/text/record.ts';
import { visibleText } from '../../src/encoders/text/visible-text.ts';
import { createTestLogging } from '../../src/testing.ts';
import { FrameBuilder, Interned } from '../support/frames.ts';
import { encodeAll } from './output.ts';

const FIX = '8=FIX.4.4\u000135=D\u000155=BTCUSDT\u000110=128\u0001';
const SHOWN = '8=FIX.4.4|35=D|55=BTCUSDT|10=128|';

test('FIX messages are shown with | on the console, as a message, a text, a Buffer, and inside a value', () => {
  const logging = createTestLogging();
  const log = logging.getLogger('a');
  log.info(FIX, { text: FIX, buffer: Buffer.from(FIX), inside: { list: [FIX] } });
  const line = textLine(logging.records()[0], { colored: false, date: false });
  expect(line.split(SHOWN)).toHaveLength(5);
  expect(line).not.toContain('\u0001');
  expect(line).not.toContain('u0001');
  // A file keeps the bytes.
  expect(jsonLine(logging.records()[0], 'run')).toContain('8=FIX.4.4\\u000135=D');
});

test('the encoder of frames shows the same as that of objects', () => {
  const frames = new FrameBuilder();
  const scope = frames.scope({ name: 'a', tags: [], attributes: {} });
  const fields = { inline: FIX, defined: new Interned(FIX), value: { raw: FIX }, last: 1 };
  frames.record({ scope, levelRank: 1, message: 'm', fields, nanos: 0n, sequence: 1 });
  const encoder = new TextLinesEncoder(
    frames.source,
    { lane: 'logs', clock: { offsetNanos: 0n }, sequenceOf: (low) => low, attributeLimit: 128 },
    { colored: false, date: false },
  );
  const line = encodeAll(encoder, frames.frames).toString();
  expect(line.split(SHOWN)).toHaveLength(4);
  expect(line).not.toContain('u0001');
});

test('what is no FIX is escaped as before', () => {
  expect(visibleText('a\u0001b')).toBe('a\\x01b');
});
