/**
 * Nothing that is given to a log method is lost, in whatever order and number it is given.
 */

import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { createTestLogging } from '../../src/testing.ts';

const logging = createTestLogging();
const log = logging.getLogger('shapes');

/** Message and fields of the one record that `call` writes; its own error as `[type, message]`. */
function written(call: () => void): { body: unknown; fields: Record<string, unknown> } {
  logging.clear();
  call();
  const [record, ...others] = [...logging.records(), ...logging.audits()];
  expect(others).toEqual([]);
  const { component: _, ...attributes } = record.attributes;
  const kept = Object.entries(attributes).filter(
    ([key]) => key !== 'exception.stacktrace' && !/^(event\.name|hft\.audit)/.test(key),
  );
  return { body: record.body, fields: Object.fromEntries(kept) };
}

class RiskError extends Error {}
const err = new RiskError('limit');
const ERROR = { 'exception.type': 'RiskError', 'exception.message': 'limit' };

describe.each([1, 40])('met %s times', (times) => {
  test.each<[string, () => void, string, Record<string, unknown>]>([
    ['an error alone', () => log.error(err), 'limit', ERROR],
    ['an error, then fields', () => log.error(err, { orderId: 7 }), 'limit', { ...ERROR, orderId: 7 }],
    ['a text, an error, fields', () => log.error('failed', err, { orderId: 7 }), 'failed', { ...ERROR, orderId: 7 }],
    ['fields with an error, then a text', () => log.error({ err, orderId: 7 }, 'failed'), 'failed', { ...ERROR, orderId: 7 }],
    ['an error, then a text', () => log.error(err, 'failed'), 'failed', ERROR],
    ['an error, a text, fields', () => log.fatal(err, 'failed', { orderId: 7 }), 'failed', { ...ERROR, orderId: 7 }],
    ['fields alone', () => log.info({ a: 1 }), '', { a: 1 }],
    ['texts', () => log.info('a', 'b', 'c'), 'a', { value: ['b', 'c'] }],
    ['two texts', () => log.info('a', 'b'), 'a', { value: 'b' }],
    ['more than four', () => log.warn('a', 1, { x: 1 }, true, { y: 2 }, 3n), 'a', { value: [1, true, 3n], x: 1, y: 2 }],
    ['a name that comes twice', () => log.info('a', { id: 1, x: 1 }, { id: 2 }), 'a', { id: [1, 2], x: 1 }],
    ['a number alone', () => log.info(42), '42', {}],
    ['an array alone', () => log.info([1, { b: 2 }]), '', { value: [1, { b: 2 }] }],
    ['undefined and null beside', () => log.info('a', null, undefined, { x: 1 }, undefined), 'a', { x: 1 }],
    ['a text and an object', () => log.info('a', { x: 1 }), 'a', { x: 1 }],
  ])('%s', (_name, call, body, fields) => {
    for (let i = 1; i < times; i++) call();
    expect(written(call)).toEqual({ body, fields });
  });
});

test('`audit` loses nothing either', () => {
  const audit = log.audit.bind(log) as (...args: unknown[]) => void;
  expect(written(() => audit('placed', { id: 1 }, { qty: 2 }, 'late'))).toEqual({
    body: 'placed',
    fields: { id: 1, qty: 2, value: 'late' },
  });
  expect(written(() => audit({ id: 1 }, 'placed'))).toEqual({ body: 'placed', fields: { id: 1 } });
});

test('a level that is off reads nothing, whatever the arguments', () => {
  const quiet = createTestLogging({ level: 'error' });
  const seen: string[] = [];
  const fields = {
    get a() {
      seen.push('read');
      return 1;
    },
  };
  quiet.getLogger('quiet').info('x', fields, fields, 1, 2, 3);
  expect([seen, quiet.records()]).toEqual([[], []]);
});

test('a getter that logs the fields it stands in, among many arguments, ends', () => {
  const fields: object = {
    get a() {
      log.info('inside', fields, fields, 1);
      return 1;
    },
    get b() {
      log.info('inside', fields, fields, 1);
      return 2;
    },
  };
  logging.clear();
  log.info('outside', fields, 'x', 1);
  const records = logging.records();
  expect(records.at(-1)).toMatchObject({ body: 'outside', attributes: { a: 1, b: 2, value: ['x', 1] } });
  expect(records.length).toBeLessThan(200);
});

test('redaction sees fields of every argument, also under names that come twice', () => {
  const { fields } = written(() =>
    log.info('x', { api_key: 'S1' }, { api_key: 'S2', nested: { secret: 'S3' } }, { nested: { secret: 'S4' } }),
  );
  expect(JSON.stringify(fields)).not.toMatch(/S[1-4]/);
});

test('arguments in any order and number: every text, number, field and error is in the record', () => {
  let n = 0;
  const argument = fc.oneof(
    fc.constant(undefined),
    fc.constant(null),
    fc.boolean(),
    fc.string().map((text) => `t${n++}:${text}`),
    fc.integer().map(() => 1_000_000 + n++),
    fc.dictionary(
      fc.constantFrom('a', 'b', 'value', 'error', '__proto__', 'id'),
      fc.integer().map(() => 2_000_000 + n++),
      { maxKeys: 4 },
    ),
    fc.array(
      fc.integer().map(() => 3_000_000 + n++),
      { maxLength: 3 },
    ),
    fc.constantFrom('EA', 'EB').map((name) => new Error(`${name}${n++};`)),
  );
  /** Every text, number and error message inside. */
  const leaves = (value: unknown): string[] => {
    if (value instanceof Error) return [value.message];
    if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves);
    return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
  };
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 7 }), fc.constantFrom(1, 1, 30), (args, times) => {
      logging.clear();
      for (let i = 0; i < times; i++) (log.info as (...args: unknown[]) => void).apply(log, args);
      const records = logging.records();
      expect(records).toHaveLength(times);
      const said = JSON.stringify(leaves([records[times - 1].body, records[times - 1].attributes]));
      for (const leaf of args.flatMap(leaves)) expect(said).toContain(JSON.stringify(leaf).slice(1, -1));
    }),
    { numRuns: 500 },
  );
});

test('of many arguments none is lost', () => {
  const all = Array.from({ length: 40 }, (_, i) => i + 1);
  const { body, fields } = written(() => (log.info as (...args: unknown[]) => void)('many', ...all));
  expect([body, fields]).toEqual(['many', { value: all }]);
});

test('a logger that is printed, or stands in a record, shows its name and nothing of its memory', () => {
  const child = log.withContext({ a: 1 });
  for (const each of [log, child]) {
    expect(inspect(each)).toBe('[logger shapes]');
    expect(inspect({ each })).toBe('{ each: [logger shapes] }');
    expect(JSON.stringify({ each })).toBe('{"each":"[logger shapes]"}');
    expect(written(() => log.info('state', { gw: { name: 'g', log: each } })).fields).toEqual({
      gw: { name: 'g', log: '[logger shapes]' },
    });
  }
  expect(written(() => log.info('state', log as never)).fields).toEqual({ value: '[logger shapes]' });
});

test('an instance that is printed, or stands in a record, shows its service', async () => {
  const instance = createLogging({ service: { name: 'gateway' }, handleExits: false, backends: { memory: {} } });
  expect(inspect(instance)).toBe('[Logging gateway]');
  expect(JSON.stringify({ instance })).toBe('{"instance":"[Logging gateway]"}');
  expect(written(() => log.info('state', { instance })).fields).toEqual({ instance: '[Logging gateway]' });
  await instance.shutdown();
});

test('fields with a `toJSON` of their own are what it says', () => {
  class Order {
    readonly secretPart = 'internal';
    toJSON(): object {
      return { id: 7 };
    }
  }
  for (let i = 0; i < 40; i++) expect(written(() => log.info('order', new Order())).fields).toEqual({ id: 7 });
});
