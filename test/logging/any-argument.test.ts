import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Fields, HFTLogger } from '../../src/index.ts';
import { createTestLogging, type TestLogging } from '../../src/testing.ts';
import { anyFields, anything, ENORMOUS, HOSTILE, revoked } from '../faults/support/hostile.ts';

/** Every way into a logger that takes records: what is logged comes out of `out` as one record. */
const WAYS: readonly { readonly name: string; log(log: HFTLogger, value: never): void }[] = [
  { name: 'message', log: (log, value) => log.info(value) },
  { name: 'message with fields', log: (log, value) => log.error(value, { a: 1 }) },
  { name: 'fields', log: (log, value) => log.info('fields', value) },
  { name: 'field', log: (log, value) => log.warning('field', { before: 1, value, after: 'x' }) },
  {
    name: 'inside a field',
    log: (log, value) => log.info('inside', { list: [1, value, { value }], map: new Map([['k', value]]) }),
  },
  { name: 'key of a map', log: (log, value) => log.info('key', { map: new Map([[value, 1]]) }) },
  { name: 'cause', log: (log, value) => log.error('cause', new Error('outer', { cause: value })) },
  { name: 'audit event', log: (log, value) => log.audit(value, { a: 1 }) },
  { name: 'audit data', log: (log, value) => log.audit('audited', value) },
  { name: 'context', log: (log, value) => log.withContext(value).info('in a context', { a: 1 }) },
  { name: 'inside a context', log: (log, value) => log.withContext({ value }).audit('in a context', { a: 1 }) },
];

function countOf(logging: TestLogging): number {
  return logging.records().length + logging.audits().length;
}

// Making the arguments themselves, millions of elements or 2^29 characters, takes tens of seconds on a machine that is busy.
vi.setConfig({ testTimeout: 180_000 });

describe('no argument makes a call throw, and each call gives one record', () => {
  test.each(Object.keys(HOSTILE))('%s', (name) => {
    const logging = createTestLogging();
    const log = logging.getLogger('hostile');
    // Again and again: first without a shape, then with one, then with a writer generated for it.
    for (let round = 0; round < 40; round++) {
      for (const way of WAYS) {
        logging.clear();
        way.log(log, HOSTILE[name]() as never);
        expect(countOf(logging), way.name).toBe(1);
      }
    }
  });

  test.each([...Object.keys(HOSTILE), ...Object.keys(ENORMOUS)])(
    'as the name of a logger, as its tags, as a level: %s',
    (name) => {
      const logging = createTestLogging();
      const value = (HOSTILE[name] ?? ENORMOUS[name])() as never;
      const loggers = [
        logging.getLogger(value),
        logging.getExchangeLogger(value, value),
        logging.getStrategyLogger(value, value),
        logging.getStrategyLogger('path', [value, value]),
      ];
      for (const log of loggers) {
        logging.clear();
        log.info('named');
        log.audit('named', {});
        expect(log.isEnabled(value)).toBe(false);
        expect(countOf(logging)).toBe(2);
      }
    },
  );

  test.each(Object.keys(HOSTILE))(
    'as the name of a timer, as tags of metrics, as what an operation fails with: %s',
    async (name) => {
      const logging = createTestLogging();
      const log = logging.getLogger('timers');
      const value = HOSTILE[name]() as never;
      log.timer(value, value).stop();
      log.timer('tagged', { value }).stop(value ?? 'failed');
      log.counter(value, value, value);
      log.metric(value, value, { value });
      let thrown: unknown;
      try {
        log.timer('thrown').run(() => {
          throw value;
        });
      } catch (error) {
        thrown = error;
      }
      expect(thrown === value || Number.isNaN(value)).toBe(true);
      await log
        .timer('rejected')
        .run(() => Promise.reject(value))
        .catch(() => {});
      expect(logging.records().map(({ body }) => body)).toEqual(['tagged failed', 'thrown failed', 'rejected failed']);
    },
  );

  test('anything that fast-check comes up with, as messages and fields, met once or often', () => {
    const logging = createTestLogging({ ringBufferSize: 50_000 });
    const log = logging.getLogger('any');
    fc.assert(
      fc.property(anything, anyFields, fc.constantFrom(1, 1, 40), (message, fields, times) => {
        logging.clear();
        for (let i = 0; i < times; i++) log.info(message() as string, fields() as Fields);
        log.audit(message() as string, fields() as Fields);
        expect(logging.records().length).toBe(times);
        expect(logging.audits().length).toBe(1);
      }),
      { numRuns: 3_000 },
    );
  }, 120_000);

  test('a logger behind a proxy or as a prototype works', () => {
    const logging = createTestLogging();
    new Proxy(logging.getLogger('proxied'), {}).info('through a proxy');
    const inherited = Object.create(logging.getLogger('inherited')) as HFTLogger;
    inherited.info('inherited');
    inherited.audit('inherited', {});
    new Proxy(logging.getLogger('proxied'), {}).withContext({ a: 1 }).info('child of a proxy');
    expect(logging.records().map(({ body }) => body)).toEqual(['through a proxy', 'inherited', 'child of a proxy']);
  });

  test('the end of the stack', () => {
    const logging = createTestLogging({ ringBufferSize: 50_000 });
    const log = logging.getLogger('deep');
    let calls = 0;
    const recurse = (depth: number): void => {
      log.info('deep', { depth, text: `depth ${depth}`, nested: { depth } });
      calls++;
      log.info('flat', { depth });
      calls++;
      recurse(depth + 1);
    };
    expect(() => recurse(0)).toThrow(RangeError);
    log.info('after');
    const records = logging.records();
    expect(records.at(-1)?.body).toBe('after');
    // The call that met the end of the stack may have thrown, or have written its record.
    expect(records.length - 1 - calls).toBeGreaterThanOrEqual(0);
    expect(records.length - 1 - calls).toBeLessThanOrEqual(1);
    expect(new Set(records.map(({ sequence }) => sequence)).size).toBe(records.length);
  });
});

describe('one bad value spoils nothing but itself', () => {
  test.each<[string, object]>([
    [
      'a getter that throws',
      {
        get bad() {
          throw new Error('no');
        },
      },
    ],
    ['a revoked proxy', { bad: revoked() }],
    [
      'a toJSON that throws',
      {
        bad: {
          toJSON() {
            throw new Error('no');
          },
        },
      },
    ],
    [
      'an error whose parts throw',
      {
        bad: {
          nested: Object.defineProperty(new Error('x'), 'message', {
            get() {
              throw new Error('no');
            },
          }),
        },
      },
    ],
  ])('%s', (_name, bad) => {
    const logging = createTestLogging();
    const log = logging.getLogger('spoilt');
    const spoilt = Object.defineProperties(
      { before: 1 },
      { ...Object.getOwnPropertyDescriptors(bad), after: { value: 2, enumerable: true } },
    );
    for (let i = 0; i < 50; i++) {
      log.info('same message', spoilt as Fields);
      log.info(`message ${i}`, spoilt as Fields);
      log.info('same message', { before: 1, bad: 2, after: 3 }); // makes the shape hot
      log.info(`message ${i} good`, { before: 1, bad: 2, after: 3 });
    }
    for (const { attributes } of logging.records()) {
      expect(attributes).toMatchObject({ before: 1 });
      expect(attributes.after).toBeOneOf([2, 3]);
      expect(String(JSON.stringify(attributes.bad))).toMatch(/threw|2/);
      expect(attributes).not.toHaveProperty(['hft.encode_error']);
    }
  });

  test('every value is read once', () => {
    const logging = createTestLogging();
    const log = logging.getLogger('once');
    let reads = 0;
    const counted = (value: unknown) => ({
      get a() {
        reads++;
        return value;
      },
      b: 1,
    });
    for (let i = 0; i < 100; i++) {
      for (const value of [1, 'text', { nested: i }, [i], new Error('x'), new Date(0), 'x'.repeat(1000)]) {
        for (const message of ['same', `unique ${i} ${String(value)}`]) {
          reads = 0;
          log.info(message, counted(value));
          expect(reads).toBe(1);
        }
      }
    }
  });

  test('whatever is handed in where fields belong is on the record', () => {
    const logging = createTestLogging();
    const log = logging.getLogger('fields');
    const given: [unknown, object][] = [
      ['text', { value: 'text' }],
      [7, { value: 7 }],
      [[1, 2], { value: [1, 2] }],
      [new Map([['a', 1]]), { value: { a: 1 } }],
      [new Date(0), { value: '1970-01-01T00:00:00.000Z' }],
      [/x/g, { value: '/x/g' }],
      [Object('boxed'), { value: 'boxed' }],
      [Object(5n), { value: 5n }],
      [new ArrayBuffer(2), { value: new Uint8Array(2) }],
      [Promise.resolve(), { value: '[object Promise]' }],
    ];
    for (const [value, expected] of given) {
      logging.clear();
      log.info('handed in', value as Fields);
      log.withContext(value as Fields).info('handed in');
      for (const { attributes } of logging.records()) expect(attributes).toMatchObject(expected);
    }
  });

  test('an Error as the message, with fields, in every path: its text, its stack, and the fields', () => {
    const logging = createTestLogging();
    const many = Array.from({ length: 20_000 }, (_, i) => logging.getLogger('errors').withContext({ i }));
    many.forEach((log, i) => {
      log.error(new Error('broken') as unknown as string, { code: 7 });
      log.audit(new Error('broken') as unknown as string, { code: 7 });
      if (i % 1000 !== 0) return;
      for (const { body, attributes } of [...logging.records(), ...logging.audits()]) {
        expect(body).toBe('broken');
        expect(attributes).toMatchObject({ code: 7, 'exception.type': 'Error', 'exception.message': 'broken' });
      }
      logging.clear();
    });
  });

  test('several errors in one, and errors of other realms, are told as errors', () => {
    const logging = createTestLogging();
    const log = logging.getLogger('errors');
    log.error('many', HOSTILE['aggregate error']() as Error);
    log.error('foreign', HOSTILE['error of another realm']() as Error);
    log.error('nested', { list: [HOSTILE['aggregate error']()] });
    const [many, foreign, nested] = logging.records().map(({ attributes }) => attributes);
    expect(many).toMatchObject({
      'exception.type': 'AggregateError',
      'exception.errors': [{ message: 'one' }, 'two', { three: 3 }],
    });
    expect(foreign).toMatchObject({ 'exception.type': 'TypeError', 'exception.message': 'foreign' });
    expect(nested.list).toMatchObject([{ type: 'AggregateError', errors: [{ message: 'one' }, 'two', { three: 3 }] }]);
  });
});

describe('the cost of a call has a bound', () => {
  const MOST_MILLIS = 50;

  test.each([...Object.keys(HOSTILE), ...Object.keys(ENORMOUS)])('%s: no call takes 50 ms', (name) => {
    const logging = createTestLogging();
    const log = logging.getLogger('cost');
    for (const way of WAYS) {
      let best = Number.POSITIVE_INFINITY;
      // The machine may be busy: this thread's own time counts, and the best of ten is what the call itself takes.
      for (let attempt = 0; attempt < 10 && best > MOST_MILLIS; attempt++) {
        const value = (HOSTILE[name] ?? ENORMOUS[name])() as never;
        const before = process.threadCpuUsage();
        way.log(log, value);
        const { user, system } = process.threadCpuUsage(before);
        best = Math.min(best, (user + system) / 1_000);
        logging.clear();
      }
      expect(best, way.name).toBeLessThan(MOST_MILLIS);
    }
  });
});
