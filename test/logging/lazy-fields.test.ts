/**
 * A function in place of the fields is called when its record is written, once, and not at all when the level is off.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../src/record.ts';
import { createTestLogging } from '../../src/testing.ts';

function fieldsOf(logging: ReturnType<typeof createTestLogging>): Record<string, unknown>[] {
  return [...logging.records(), ...logging.audits()].map(({ attributes: { component: _, ...rest } }) =>
    Object.fromEntries(Object.entries(rest).filter(([key]) => !/^(event\.name|hft\.audit)/.test(key))),
  );
}

describe.each([1, 40])('met %s times', (times) => {
  test.each(LEVELS)('%s: called once for each record, and what it gives are the fields', (level) => {
    const logging = createTestLogging();
    const log = logging.getLogger('a');
    let calls = 0;
    for (let i = 0; i < times; i++) log[level]('m', () => ({ n: ++calls, side: 'buy' }));
    expect(calls).toBe(times);
    expect(fieldsOf(logging)).toEqual(Array.from({ length: times }, (_, i) => ({ n: i + 1, side: 'buy' })));
  });

  test('not called when the level is off', () => {
    const logging = createTestLogging({ level: 'warning' });
    let calls = 0;
    for (let i = 0; i < times; i++) logging.getLogger('a').debug('m', () => ({ n: ++calls }));
    expect([calls, fieldsOf(logging)]).toEqual([0, []]);
  });

  test('one that throws costs its fields, not the record, and never the caller', () => {
    const logging = createTestLogging();
    for (let i = 0; i < times; i++)
      logging.getLogger('a').info('m', () => {
        throw new Error('no book');
      });
    expect(fieldsOf(logging)).toEqual(Array(times).fill({ 'hft.encode_error': 'fields threw: Error: no book' }));
  });
});

test('one may log itself', () => {
  const logging = createTestLogging();
  const log = logging.getLogger('a');
  log.info('outer', () => {
    log.info('inner', { n: 1 });
    return { n: 2 };
  });
  expect(fieldsOf(logging)).toEqual([{ n: 1 }, { n: 2 }]);
});

test('audit events take one too', () => {
  const logging = createTestLogging();
  logging.getLogger('a').audit('order.placed', () => ({ id: 7 }));
  expect(fieldsOf(logging)).toEqual([{ id: 7 }]);
});

test('a class, and a function that waits for arguments, are values and are not called', () => {
  const logging = createTestLogging();
  class Order {}
  let calls = 0;
  const log = logging.getLogger('a');
  log.info('m', Order);
  log.info('m', (error: unknown) => calls++ || error);
  log.info('m', { callback: () => calls++ });
  expect(calls).toBe(0);
  expect(fieldsOf(logging).slice(0, 2)).toEqual([{ value: '[function Order]' }, { value: '[function anonymous]' }]);
});

test('whatever it gives arrives as if it had been given', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }), (value) => {
      const lazy = createTestLogging();
      const eager = createTestLogging();
      lazy.getLogger('a').info('m', () => value);
      eager.getLogger('a').info('m', value);
      expect(fieldsOf(lazy)).toEqual(fieldsOf(eager));
    }),
    { numRuns: 60 },
  );
});
