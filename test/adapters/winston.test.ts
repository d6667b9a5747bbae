import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import winston from 'winston';
import { HftTransport, type HftTransportOptions } from '../../src/adapters/winston/winston.ts';
import { createTestLogging, type LogRecordData, type TestLogging } from '../../src/testing.ts';

let logging: TestLogging;

beforeEach(() => {
  logging = createTestLogging();
});

function last(): LogRecordData {
  return logging.records().at(-1)!;
}

function transport(options: HftTransportOptions = {}): winston.transport {
  return new HftTransport({ logger: logging.getLogger('app'), ...options });
}

function make(options: winston.LoggerOptions = {}, own: HftTransportOptions = {}): winston.Logger {
  return winston.createLogger({ level: 'silly', transports: [transport(own)], ...options });
}

describe('winston with HftTransport', () => {
  test('a record is in the ring when the call returns, with its message and fields', () => {
    make().info('order placed', { symbol: 'BTCUSDT', qty: 0.5 });
    expect(last()).toMatchObject({ level: 'info', body: 'order placed', loggerName: 'app' });
    expect(last().attributes).toEqual({ component: 'app', symbol: 'BTCUSDT', qty: 0.5 });
  });

  test.each([
    ['npm', winston.config.npm.levels, { error: 17, warn: 13, info: 9, http: 7, verbose: 6, debug: 5, silly: 1 }],
    [
      'syslog',
      winston.config.syslog.levels,
      { emerg: 23, alert: 22, crit: 21, error: 17, warning: 13, notice: 10, info: 9, debug: 5 },
    ],
    [
      'cli',
      winston.config.cli.levels,
      { error: 17, warn: 13, help: 11, data: 10, info: 9, debug: 5, prompt: 4, verbose: 6, input: 2, silly: 1 },
    ],
    ['own', { halt: 0, trade: 1, tick: 2 }, { halt: 17, trade: 11, tick: 5 }],
  ] as const)('levels of %s are severities', (_, levels, expected) => {
    const logger = make({ levels, level: Object.keys(levels).at(-1)! });
    for (const level of Object.keys(levels)) logger.log(level, 'x');
    expect(Object.fromEntries(Object.keys(levels).map((level, i) => [level, logging.records()[i]!.severityNumber]))).toEqual(
      expected,
    );
  });

  test('its own level and silence', () => {
    make({}, { level: 'warn' }).info('no');
    make({ level: 'error' }).warn('no');
    make({}, { silent: true }).error('no');
    make({}, { level: 'warn' }).warn('yes');
    expect(logging.records().map(({ body }) => body)).toEqual(['yes']);
  });

  test('children and default fields', () => {
    make({ defaultMeta: { service: 'gw' } })
      .child({ request_id: 'r-1' })
      .info('x', { a: 1 });
    expect(last().attributes).toMatchObject({ service: 'gw', request_id: 'r-1', a: 1 });
  });

  test.each([
    ['without formats', undefined],
    ['with json', winston.format.json()],
    [
      'with errors, splat, timestamp and json',
      winston.format.combine(
        winston.format.errors({ stack: true, cause: true }),
        winston.format.splat(),
        winston.format.timestamp(),
        winston.format.json(),
      ),
    ],
  ])('errors are exceptions, %s', (_, format) => {
    const logger = make(format === undefined ? {} : { format });
    const error = Object.assign(new TypeError('broken', { cause: new Error('cause') }), { code: 'E_RISK' });
    logger.error(error);
    logger.error('failed', error);
    logger.error('failed', { error, order: 7 });
    logger.error({ message: error as never });
    for (const { attributes } of logging.records().slice(0, 3)) {
      expect(attributes).toMatchObject({
        'exception.type': 'TypeError',
        'exception.message': 'broken',
      });
      // winston's format `errors` makes fields of what an error carries.
      expect(attributes['exception.code'] ?? attributes.code).toBe('E_RISK');
      expect(JSON.stringify(attributes)).toContain('Error: cause');
      expect(attributes).not.toHaveProperty('stack');
      expect(attributes).not.toHaveProperty('timestamp');
    }
    expect(
      logging
        .records()
        .slice(0, 3)
        .map(({ body }) => body),
    ).toEqual(['broken', 'failed', 'failed']);
    expect(logging.records()[2]!.attributes.order).toBe(7);
    expect(JSON.stringify(logging.records()[3]!.attributes)).toContain('broken');
  });

  test('splat, with winston’s format for it and without, loses nothing', () => {
    for (const logger of [make(), make({ format: winston.format.splat() })]) {
      logger.info('order %s of %d', 'X1', 3, { a: 1 });
      expect(last()).toMatchObject({ body: 'order X1 of 3', attributes: { a: 1 } });
    }
    make().info('plain', { a: 1 }, { b: 2 }, 'more');
    const text = JSON.stringify([last().body, last().attributes]);
    for (const part of ['plain', '"a":1', '"b":2', 'more']) expect(text).toContain(part);
  });

  test.each<[string, unknown[], object]>([
    ['a date', ['seen at', new Date(0)], { body: 'seen at', attributes: { splat: '1970-01-01T00:00:00.000Z' } }],
    ['a map', ['book', new Map([['bid', 1]])], { attributes: { splat: { bid: 1 } } }],
    ['a set', ['ids', new Set([1, 2])], { attributes: { splat: [1, 2] } }],
    ['an array', ['ids', [1, 2]], { attributes: { splat: [1, 2] } }],
    ['a number whose digits stand in the text', ['order 17 filled', 7], { body: 'order 17 filled', attributes: { splat: 7 } }],
    ['values whose names stand in the text', ['x 10 false', 0, false], { attributes: { splat: [0, false] } }],
    ['two objects with one name', ['a', { x: 1 }, { x: 2 }], { attributes: { x: 1, splat: { x: 2 } } }],
    ['a field called splat', ['a', { splat: 1 }, 7], { attributes: { splat: [1, 7] } }],
    ['a field called level', ['a', { level: 'x' }], { level: 'info', attributes: { level: 'x' } }],
    ['an object for a message', ['a', { message: { x: 1 } }], { attributes: { message: { x: 1 } } }],
    ['names that every object has', ['a', 'b', { toString: 1 }], { attributes: { toString: 1, splat: 'b' } }],
    ['tokens in their order', ['%s got %j for %s', 'a', { x: 1 }, 'b'], { body: 'a got {"x":1} for b' }],
    ['a token for the only object', ['order %j done', { id: 1 }], { body: 'order {"id":1} done' }],
    ['a percent sign and an object', ['100%% of %s', 'x', { a: 1 }], { body: '100% of x', attributes: { a: 1 } }],
    ['an escaped percent sign and an object', ['100%%', { a: 1 }], { attributes: { a: 1 } }],
    ['fewer values than tokens', ['%s and %s', 'a'], { body: 'a and %s' }],
    [
      'an error that a token takes',
      ['failed %s', new TypeError('boom')],
      { body: 'failed TypeError: boom', attributes: { 'exception.type': 'TypeError', 'exception.message': 'boom' } },
    ],
    [
      'an error behind the tokens',
      ['failed %s', 'now', new Error('boom')],
      { body: 'failed now', attributes: { 'exception.message': 'boom' } },
    ],
    [
      'an error whose message the text ends with',
      ['it went boom', { a: 1 }, new Error('boom')],
      { body: 'it went boom', attributes: { a: 1, 'exception.message': 'boom' } },
    ],
    ['an error whose message has a token', ['failed', new Error('at 5%d')], { body: 'failed' }],
  ])('%s: nothing is lost, nothing stands twice', (_, args, expected) => {
    (make().info as (...all: unknown[]) => void)(...args);
    expect(last()).toMatchObject(expected);
    const names = Object.keys((expected as { attributes?: object }).attributes ?? {});
    const isOurs = (name: string) => name === 'component' || name.startsWith('exception.');
    expect(Object.keys(last().attributes).filter((name) => !isOurs(name))).toEqual(names.filter((name) => !isOurs(name)));
  });

  test('what winston’s format splat has written is not filled in again', () => {
    const logger = make({ format: winston.format.combine(winston.format.splat(), winston.format.json()) });
    logger.info('said %s', 'a %d');
    expect(last().body).toBe('said a %d');
    logger.info('%s and %s', 'a');
    expect(last().body).toBe('a and %s');
    logger.info('order %s of %d', 'X1', 3);
    expect(last().attributes).toEqual({ component: 'app' });
    logger.info('seen at', new Date(0));
    expect(last().attributes).toMatchObject({ splat: '1970-01-01T00:00:00.000Z' });
    make({}, { format: winston.format.splat() }).info('said %s', 'a %d');
    expect(last().body).toBe('said a %d');
  });

  test('what a format has hidden or taken out does not come back', () => {
    const hide = winston.format((info) => {
      info.password = '***';
      delete info.token;
      return info;
    })();
    const logger = make({ format: hide });
    logger.info('x', { password: 'p4ss', token: 't0k' });
    logger.info('x', { password: 'p4ss', token: 't0k' }, 7);
    expect(JSON.stringify(logging.records().map(({ attributes }) => attributes))).not.toMatch(/p4ss|t0k/);
    expect(last().attributes.splat).toBe(7);
  });

  test('whatever arguments stand behind a message, with tokens or without, each is in the record', () => {
    const marker = fc.integer({ min: 100_000_000, max: 999_999_999 });
    const key = fc.constantFrom('a', 'b', 'level', 'splat', 'stackless');
    const argument = marker.chain((n) =>
      fc
        .constantFrom<unknown>(n, `t${n}`, [n], new Map([['k', n]]), new Set([n]), new Error(`e${n}`), BigInt(n), () => n)
        .chain((value) =>
          fc
            .oneof(
              fc.constant(value),
              key.map((name) => ({ [name]: n })),
            )
            .map((given) => ({ n, given })),
        ),
    );
    const words = fc.array(fc.constantFrom('%s', '%o', '%O', '%%', 'order', '5%', '%'), { maxLength: 6 });
    const loggers = { plain: make({ format: winston.format((info) => info)() }), json: make() };
    fc.assert(
      fc.property(fc.constantFrom('plain', 'json'), words, fc.array(argument, { maxLength: 4 }), (name, texts, args) => {
        logging.clear();
        (loggers[name].info as (...all: unknown[]) => void)(texts.join(' '), ...args.map(({ given }) => given));
        const [{ body, attributes }] = logging.records();
        const whole = inspect([body, attributes], { depth: null, maxStringLength: null, maxArrayLength: null });
        for (const { n, given } of args) {
          if (typeof given === 'function') expect(whole).toMatch(/\[function|=>/i);
          else expect(whole).toContain(String(n));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('a format of the transport alone, and one that throws', () => {
    make({}, { format: winston.format((info) => ({ ...info, added: 1 }))() }).info('x');
    expect(last().attributes).toMatchObject({ added: 1 });
    const fail = winston.format(() => {
      throw new Error('mine');
    })();
    make({}, { format: fail }).info('x', { a: 1 });
    expect(last()).toMatchObject({ body: 'x', attributes: { a: 1, 'winston.format': '[threw: Error: mine]' } });
  });

  test('a timestamp of another time is kept', () => {
    make().info('x', { timestamp: '2020-01-01T00:00:00.000Z' });
    expect(last().attributes.timestamp).toBe('2020-01-01T00:00:00.000Z');
  });

  test('ids that an instrumentation has put there are the record’s trace', () => {
    make().info('x', { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', trace_flags: '01' });
    expect(last()).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 });
  });

  test('no input makes a call throw, or goes without a record', () => {
    const logger = make();
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), { maxLength: 4 }),
        (message, splat) => {
          logging.clear();
          logger.info(message, ...splat);
          expect(logging.records()).toHaveLength(1);
        },
      ),
      { numRuns: 300 },
    );
  });
});
