/**
 * A dictionary and the texts that stand in it, at their limits. Written for what mutation testing found.
 */
import { describe, expect, test } from 'vitest';
import { DictionaryReader } from '../../src/codec/dictionary/dictionary-reader.ts';
import { DictionaryWriter } from '../../src/codec/dictionary/dictionary-writer.ts';
import { COPY, NOT_FAST, TextIds } from '../../src/codec/dictionary/text-ids.ts';
import { MAX_INLINE_UNITS } from '../../src/codec/encode/inline-text.ts';
import { type FieldState, MAX_TEXTS_PER_FIELD } from '../../src/codec/encode/shape.ts';
import { DICTIONARY_CONTROL_BYTES, ENTRY_SHAPE, ENTRY_TEXT } from '../../src/codec/layout.ts';
import { LEVELS } from '../../src/record.ts';
import { TEST_SCOPE, TestLane } from '../support/lane.ts';

function dictionaryOf(halfBytes: number) {
  const memory = new SharedArrayBuffer(DICTIONARY_CONTROL_BYTES + 2 * halfBytes);
  return { memory, writer: new DictionaryWriter(memory), reader: new DictionaryReader(memory, 0) };
}

describe('a dictionary', () => {
  test('takes a definition that just fits, and none beyond', () => {
    const { writer, reader } = dictionaryOf(48);
    expect(writer.define(ENTRY_TEXT, Buffer.from('12345678'))).toBe(0);
    expect(writer.define(ENTRY_TEXT, Buffer.from('a text of 24 bytes, all.'))).toBe(1);
    expect(writer.define(ENTRY_TEXT, Buffer.alloc(0))).toBe(-1);
    expect([reader.text(0), reader.text(1)]).toEqual(['12345678', 'a text of 24 bytes, all.']);
  });

  test('starts empty after a turn, with its first ids, and the reader forgets', () => {
    const { writer, reader } = dictionaryOf(64);
    writer.define(ENTRY_TEXT, Buffer.from('before'));
    expect(reader.text(0)).toBe('before');
    writer.turn();
    reader.turn();
    expect(() => reader.text(0)).toThrow(
      expect.objectContaining({ code: 'HFT_CODEC', message: expect.stringContaining('text 0, which half 1') }),
    );
    expect(writer.define(ENTRY_TEXT, Buffer.from('after'))).toBe(0);
    expect([reader.text(0), reader.turns]).toEqual(['after', 1]);
    writer.turn();
    reader.turn();
    // The first half was emptied: what stood there does not come back.
    expect(() => reader.text(0)).toThrow('which half 0 does not define');
  });

  test('of an unknown kind of definition says so', () => {
    const { writer, reader } = dictionaryOf(64);
    writer.define(ENTRY_SHAPE + 2, Buffer.from('?'));
    expect(() => reader.text(0)).toThrow(
      expect.objectContaining({ code: 'HFT_CODEC', message: expect.stringContaining('unknown kind') }),
    );
  });

  test('tells the scopes that it has, though their ids start at 1', () => {
    const lane = new TestLane();
    lane.log('a');
    expect(lane.definitions.scopes).toEqual([{ ...TEST_SCOPE, attributes: { ...TEST_SCOPE.attributes } }]);
  });
});

describe('texts of a field', () => {
  const fieldOf = () => ({ text: undefined, id: -1, olderText: undefined, olderId: -1, defined: 0 }) as unknown as FieldState;

  test('have an id each, the same for the same text, up to the most that a field defines', () => {
    let next = 0;
    const ids = new TextIds(() => next++, false);
    const field = fieldOf();
    for (let i = 0; i < MAX_TEXTS_PER_FIELD; i++) expect(ids.resolve(field, `text ${i}`)).toBe(i);
    expect(ids.resolve(field, 'one too many')).toBe(COPY);
    // The one before the last is known without a look into the map.
    expect(ids.resolve(field, `text ${MAX_TEXTS_PER_FIELD - 2}`)).toBe(MAX_TEXTS_PER_FIELD - 2);
    expect(next).toBe(MAX_TEXTS_PER_FIELD);
    const other = fieldOf();
    expect(ids.resolve(other, 'text 0')).toBe(0);
    expect(other.defined).toBe(0);
    ids.clear();
    expect(ids.resolve(other, 'text 1')).toBe(MAX_TEXTS_PER_FIELD);
  });

  test('are copied when the dictionary has no room, and go the general way when they are long or may hold a credential', () => {
    const full = (looksInto: boolean) => new TextIds(() => -1, looksInto);
    expect(full(false).resolve(fieldOf(), 'x'.repeat(MAX_INLINE_UNITS))).toBe(COPY);
    expect(full(false).resolve(fieldOf(), 'x'.repeat(MAX_INLINE_UNITS + 1))).toBe(NOT_FAST);
    expect(full(true).resolve(fieldOf(), 'BTCUSDT')).toBe(COPY);
    expect(full(true).resolve(fieldOf(), 'https://u:p@host')).toBe(NOT_FAST);
    expect(full(false).resolve(fieldOf(), 'https://u:p@host')).toBe(COPY);
  });
});

test('the mark of a loss says how many were lost of each level, and where the gap begins', () => {
  const lane = new TestLane({ ringBytes: 4096, shares: LEVELS.map(() => 1) });
  for (let i = 0; i < 1000; i++) lane.log('filling', { i }, i % LEVELS.length);
  const taken = lane.drain().length;
  for (let i = 0; i < 3; i++) lane.log('behind the gap', undefined, LEVELS.length - 1);
  const [mark, ...records] = lane.drain();
  expect(records.map(({ body }) => body)).toEqual(['behind the gap', 'behind the gap', 'behind the gap']);
  const lost = 1000 - taken;
  expect(mark).toMatchObject({
    level: 'warning',
    loggerName: 'hft-otel',
    sequence: taken + 1,
    body: `${lost} records lost: ring full`,
  });
  const { lost: told, lane: name, reason, first_sequence, ...byLevel } = mark.attributes as Record<string, number>;
  expect({ told, name, reason, first_sequence }).toEqual({
    told: lost,
    name: 'logs',
    reason: 'ring_full',
    first_sequence: taken + 1,
  });
  expect(Object.values(byLevel).reduce((sum, value) => sum + value, 0)).toBe(lost);
  const ofLevel = (rank: number) =>
    Array.from({ length: lost }, (_, i) => (taken + i) % LEVELS.length).filter((each) => each === rank).length;
  expect(byLevel).toEqual(Object.fromEntries(LEVELS.map((level, rank) => [level, ofLevel(rank)])));
});
