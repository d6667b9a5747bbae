/**
 * The examples of docs/output-formats.md are what comes out.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JsonLinesEncoder } from '../../src/encoders/json/lines.ts';
import { TextLinesEncoder } from '../../src/encoders/text/lines.ts';
import { type Lane, LEVELS, rankOfLevel } from '../../src/record.ts';
import { FrameBuilder, type FrameRecord } from '../support/frames.ts';
import { encodeAll } from './output.ts';

const PAGE = readFileSync(new URL('../../docs/output-formats.md', import.meta.url), 'utf8');
const ZONE = process.env.TZ;

beforeAll(() => {
  process.env.TZ = 'UTC';
});
afterAll(() => {
  if (ZONE === undefined) delete process.env.TZ;
  else process.env.TZ = ZONE;
});

function examples(language: string): string[] {
  return Array.from(PAGE.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g')), ([, code]) => code);
}

const contextOf = (lane: Lane) => ({
  lane,
  clock: { offsetNanos: BigInt(Date.UTC(2026, 10, 23, 12, 34, 56)) * 1_000_000n },
  sequenceOf: (low: number) => low,
  attributeLimit: Number.POSITIVE_INFINITY,
});

function lineOf(record: Partial<FrameRecord>, format: 'json' | 'text', lane: Lane, date = false): string {
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  const positions = { exchange: 'mexc', api_type: 'private', transport: 'ws' };
  const scope = frames.scope({
    name: 'exchange.mexc.private.ws',
    tags: ['mexc', 'private', 'ws'],
    attributes: { ...positions, desk: 'A 1' },
  });
  frames.record({ scope, levelRank: 2, message: '', fields: {}, nanos: 123_456_789n, sequence: 1, ...record });
  const context = contextOf(lane);
  const encoder =
    format === 'json'
      ? new JsonLinesEncoder(frames.source, context, 'b0c2')
      : new TextLinesEncoder(frames.source, context, { colored: false, date });
  return encodeAll(encoder, frames.frames).toString();
}

const PLACED = { message: 'order placed', fields: { symbol: 'BTCUSDT', qty: 0.5, ack_us: 812.5, note: 'two words' } };
const AUDITED = { message: 'order_placed', fields: { symbol: 'BTCUSDT', qty: 0.5 } };
const FAILED = {
  levelRank: 4,
  message: 'quote failed',
  fields: {
    symbol: 'BTCUSDT',
    'exception.type': 'TypeError',
    'exception.message': 'no price',
    'exception.stacktrace': 'TypeError: no price\n    at quote (book.ts:7:3)',
  },
};

/** The mark of a queue that was full. */
function markLine(): string {
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  const droppedByLevel = LEVELS.map((level) => (level === 'debug' ? 1_100 : level === 'info' ? 100 : 0));
  const levelRank = rankOfLevel('warning');
  frames.loss({ nanos: 123_456_789n, firstSequence: 0, droppedByLevel, reason: 'queue_full', levelRank });
  return encodeAll(new JsonLinesEncoder(frames.source, contextOf('logs'), 'b0c2'), frames.frames).toString();
}

test('JSON lines, audit lines and marks of losses', () => {
  expect(examples('json')).toEqual([lineOf(PLACED, 'json', 'logs'), markLine(), lineOf(AUDITED, 'json', 'audit')]);
});

test('text lines', () => {
  expect(examples('text')).toEqual([
    lineOf(PLACED, 'text', 'logs') + lineOf(AUDITED, 'text', 'audit') + lineOf(FAILED, 'text', 'logs'),
  ]);
  expect(PAGE).toContain(`\`${lineOf(PLACED, 'text', 'logs', true).slice(0, 30)}\``);
});
