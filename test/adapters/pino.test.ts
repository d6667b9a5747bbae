import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import fc from 'fast-check';
import realPino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PinoOptions, pino, pinoDestination } from '../../src/adapters/pino/pino.ts';
import { createLogging } from '../../src/index.ts';
import { createTestLogging, type LogRecordData, type TestLogging } from '../../src/testing.ts';

type RealLogger = realPino.Logger<never>;
type LogFn = (...args: unknown[]) => void;

let logging: TestLogging;

beforeEach(() => {
  logging = createTestLogging();
});

afterEach(() => {
  trace.disable();
  context.disable();
});

/** pino itself, writing to us. */
function throughDestination(options: realPino.LoggerOptions = {}): RealLogger {
  return realPino({ level: 'trace', ...options }, pinoDestination({ logger: logging.getLogger('app') }));
}

/** Ours in its place. */
function facade(options: PinoOptions = {}) {
  return pino({ logger: logging.getLogger('app'), ...options });
}

function last(): LogRecordData {
  return logging.records().at(-1)!;
}

const MAKERS = [
  ['pino with our destination', throughDestination as (options?: object) => RealLogger],
  ['the facade', facade as unknown as (options?: object) => RealLogger],
] as const;

describe.each(MAKERS)('%s', (_, make) => {
  test('levels arrive as ours', () => {
    const logger = make();
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level]('x');
    expect(logging.records().map(({ level, severityNumber }) => [level, severityNumber])).toEqual([
      ['trace', 1],
      ['debug', 5],
      ['info', 9],
      ['warning', 13],
      ['error', 17],
      ['fatal', 21],
    ]);
  });

  test('a message, fields and a format string', () => {
    const logger = make();
    logger.info({ symbol: 'BTCUSDT', qty: 0.5 }, 'order %s of %d', 'X1', 3);
    expect(last()).toMatchObject({
      level: 'info',
      body: 'order X1 of 3',
      attributes: { symbol: 'BTCUSDT', qty: 0.5 },
      loggerName: 'app',
    });
    logger.info({ msg: 'own', a: 1 });
    expect(last()).toMatchObject({ body: 'own', attributes: { a: 1 } });
  });

  test('bindings of children, and of their children', () => {
    const child = make().child({ account: 'A1' }).child({ desk: 'D' });
    child.info({ a: 1 }, 'x');
    expect(last()).toMatchObject({ body: 'x', attributes: { account: 'A1', desk: 'D', a: 1 } });
    expect(child.bindings()).toEqual({ account: 'A1', desk: 'D' });
    child.setBindings({ more: true });
    child.info('y');
    expect(last()).toMatchObject({ body: 'y', attributes: { account: 'A1', desk: 'D', more: true } });
  });

  test('an error is the record’s exception, alone, as field, and behind a serializer', () => {
    const error = new TypeError('broken', { cause: new Error('cause') });
    const logger = make();
    logger.error(error);
    logger.error(error, 'failed');
    logger.error({ err: error, order: 7 }, 'failed');
    make({ serializers: { err: realPino.stdSerializers.err } }).error({ err: error }, 'failed');
    for (const { attributes } of logging.records()) {
      expect(attributes).toMatchObject({ 'exception.type': 'TypeError' });
      expect(attributes['exception.message']).toMatch(/^broken/);
      expect(attributes['exception.stacktrace']).toMatch(/TypeError: broken\n[\s\S]*caused by: Error: cause/i);
      expect(attributes).not.toHaveProperty('err');
    }
    expect(logging.records().map(({ body }) => String(body).replace(': cause', ''))).toEqual([
      'broken',
      'failed',
      'failed',
      'failed',
    ]);
    expect(logging.records()[2].attributes).toMatchObject({ order: 7 });
  });

  test('serializers, formatters, mixins, prefixes and redaction do what they do in pino', () => {
    const logger = make({
      msgPrefix: '[gw] ',
      redact: { paths: ['card', 'user.num', 'list[*].num'], censor: 'XX' },
      serializers: { order: ({ id }: { id: string }) => id },
      mixin: () => ({ mixed: 1, a: 'mixin' }),
      formatters: {
        log: (fields: object) => ({ ...fields, formatted: true }),
        level: (label: string) => ({ level: label, severity: label.toUpperCase() }),
      },
      nestedKey: 'data',
    });
    logger.warn(
      { order: { id: 'X1' }, a: 'call', card: '4111', user: { num: 1, name: 'n' }, list: [{ num: 1 }, { num: 2 }] },
      'placed',
    );
    const { body, level, attributes } = last();
    expect({ body, level }).toEqual({ body: '[gw] placed', level: 'warning' });
    expect(attributes).toMatchObject({ severity: 'WARN', data: { order: 'X1', a: 'call', mixed: 1, formatted: true } });
    expect(attributes.data).toMatchObject({ card: 'XX', user: { num: 'XX', name: 'n' }, list: [{ num: 'XX' }, { num: 'XX' }] });
  });

  test('levels of the user’s own', () => {
    const logger = make({ customLevels: { audited: 35, notice: 32, loud: 55 } }) as unknown as Record<
      string,
      (message: string) => void
    >;
    logger.audited('x');
    logger.notice('x');
    logger.loud('x');
    expect(logging.records().map(({ level, severityNumber, severityText }) => ({ level, severityNumber, severityText }))).toEqual(
      [
        { level: 'info', severityNumber: 11, severityText: 'AUDITED' },
        { level: 'info', severityNumber: 10, severityText: 'NOTICE' },
        { level: 'error', severityNumber: 19, severityText: 'LOUD' },
      ],
    );
  });

  test('a level’s name decides where the user gives pino’s numbers, or multiples of ten, to other levels', () => {
    const names = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'];
    const syslog = Object.fromEntries(names.map((name, i) => [name, 80 - i * 10]));
    const logger = make({ level: 'debug', customLevels: syslog, useOnlyCustomLevels: true }) as unknown as Record<
      string,
      LogFn
    > & {
      child(bindings: object): Record<string, LogFn>;
    };
    const saidOf = (write: (name: string) => void) => {
      logging.clear();
      names.forEach(write);
      return logging.records().map(({ severityNumber, severityText }) => `${severityNumber} ${severityText}`);
    };
    const said = ['23 EMERG', '22 ALERT', '21 CRIT', '17 ERROR', '13 WARN', '10 NOTICE', '9 INFO', '5 DEBUG'];
    const child = logger.child({ c: 1 });
    // In one call each, with fields, with a format string, and of a child's first and later records.
    expect(saidOf((name) => logger[name]('x'))).toEqual(said);
    expect(saidOf((name) => logger[name]({ a: 1 }, 'x'))).toEqual(said);
    expect(saidOf((name) => logger[name]('x %s', 1))).toEqual(said);
    expect(saidOf((name) => child[name]('x'))).toEqual(said);
    expect(saidOf((name) => child[name]('x'))).toEqual(said);
    expect(saidOf((name) => logger.child({ c: 1 })[name]({ a: 1 }, 'x'))).toEqual(said);
  });

  test('a level’s name beyond pino’s numbers, or for one of them, is the severity text', () => {
    const logger = make({ customLevels: { critical: 70, notice: 30, mine: 60, low: 5 } }) as unknown as Record<string, LogFn>;
    for (const method of ['critical', 'notice', 'info', 'mine', 'fatal', 'warn']) {
      logger[method]('x');
      logger[method]({ a: 1 }, 'x %s', 1);
    }
    // Where two levels share a number, pino itself knows it by the user's name.
    const texts = ['CRITICAL', 'NOTICE', 'NOTICE', 'MINE', 'MINE', 'WARN'];
    expect(logging.records().map(({ severityText }) => severityText)).toEqual(texts.flatMap((text) => [text, text]));
  });

  test('what a serializer hides is in no record: of the message, and of errors under any name', () => {
    const masked = (text: string) => text.replace(/secret\w+/g, '***');
    function errSerializer(error: Error) {
      return { type: 'Failed', message: masked(error.message), stack: 'none' };
    }
    const hiding = [
      errSerializer,
      realPino.stdSerializers.wrapErrorSerializer((error) =>
        Object.assign(error, { message: masked(error.message), stack: masked(error.stack), cause: null }),
      ),
    ];
    for (const messageKey of ['msg', 'message'])
      for (const err of hiding) {
        const logger = make({ messageKey, errorKey: 'failure', serializers: { [messageKey]: masked, err } });
        for (const each of [logger, logger.child({ c: 1 })]) {
          each.info('token secretA');
          each.info({ a: 1 }, 'token secretA');
          each.info('token %s', 'secretA');
          each.info({ [messageKey]: 'token secretA', a: 1 });
          each.error(new Error('secretA', { cause: new Error('secretB') }));
          each.error({ failure: new Error('secretA') }, 'failed');
          each.error({ err: new Error('secretA') }, 'failed');
          each.child({ err: new Error('secretA') }).error('failed');
        }
      }
    for (const err of hiding) {
      make({ errorKey: 'failure', serializers: { err } }).error({ failure: new Error('secretA') }, 'failed');
      make({})
        .child({}, { serializers: { err } })
        .error({ err: new Error('secretA') }, 'failed');
    }
    const records = logging.records();
    expect(records).toHaveLength(68);
    for (const { body, attributes } of records) {
      expect(String(body)).not.toContain('secret');
      expect(JSON.stringify(attributes)).not.toContain('secret');
    }
    expect(records.filter(({ body }) => body === 'token ***')).toHaveLength(32);
    expect(records.filter(({ attributes }) => /^\*\*\*/.test(String(attributes['exception.message'])))).toHaveLength(36);
  });

  test('redaction within an error leaves the rest of the error', () => {
    const error = Object.assign(new TypeError('boom', { cause: new Error('why') }), {
      config: { url: '/orders', headers: { foo: 'S' } },
      num: 1,
    });
    for (const redact of [
      ['err.config.headers.foo'],
      ['*.config.headers.foo'],
      { paths: ['err.config.headers.foo'], remove: true },
    ]) {
      const logger = make({ redact });
      const child = logger.child({ err: error });
      logging.clear();
      logger.error(error, 'x');
      logger.error(error);
      logger.error({ err: error }, 'x');
      for (let i = 0; i < 6; i++) child.error('x');
      const headers = 'paths' in redact ? {} : { foo: '[Redacted]' };
      for (const { attributes } of logging.records()) {
        expect(attributes).toMatchObject({ 'exception.type': 'TypeError', 'exception.num': 1 });
        expect(attributes['exception.message']).toMatch(/^boom/);
        expect(attributes['exception.stacktrace']).toMatch(/TypeError: boom\n[\s\S]*caused by: Error: why/i);
        expect(attributes['exception.config']).toEqual({ url: '/orders', headers });
      }
      expect(logging.records()).toHaveLength(9);
    }
    expect(error.config.headers.foo).toBe('S');
    make({ redact: ['err.message'] }).error({ err: error }, 'x');
    expect(last().attributes).toMatchObject({ 'exception.type': 'TypeError', 'exception.message': '[Redacted]' });
    class Inheriting extends Error {
      override get message() {
        return 'inherited';
      }
    }
    make({ redact: ['*.message'] }).error({ err: new Inheriting() }, 'x');
    expect(last().attributes).toMatchObject({ 'exception.message': '[Redacted]' });
  });

  test('redaction of the message, and of what is put into it', () => {
    const logger = make({ redact: ['msg', 'card.num'] });
    logger.info('4111');
    logger.info({ a: 1 }, 'x %s', '4111');
    logger.info({ msg: '4111' });
    expect(logging.records().map(({ body }) => body)).toEqual(['[Redacted]', '[Redacted]', '[Redacted]']);
    make({ redact: ['card.num'] }).info('paid %j', { card: { num: '4111', name: 'n' } });
    expect(last().body).toBe('paid {"card":{"num":"[Redacted]","name":"n"}}');
  });

  test('a child’s bindings are those that it was given, in its first record and in later ones', () => {
    const lots = { n: 1, list: [{ n: 1 }], at: new Date(0) };
    const error = Object.assign(new TypeError('bound'), { lots });
    const circular: Record<string, unknown> = { n: 1 };
    circular.self = circular;
    const logger = make({ base: { env: 'x' } });
    const children = [
      logger.child({ lots, a: 1 }),
      logger.child({ err: error, a: 1 }),
      logger.child({ a: 0 }).child({ err: error, lots }).child({ a: 1 }),
      logger.child({ circular }),
    ];
    const early = logger.child({ x: 1 });
    early.setBindings({ lots });
    children.push(early);
    lots.n = 2;
    lots.list[0].n = 2;
    lots.at.setTime(1);
    for (const child of children) {
      logging.clear();
      for (let i = 0; i < 10; i++) child.info({ b: 1 }, 'x');
      const all = logging.records().map(({ attributes }) => attributes);
      for (const each of all) expect(each).toEqual(all[0]);
    }
    const saidOf = (child: RealLogger) => {
      child.info('x');
      return last().attributes;
    };
    const fixed = { n: 1, list: [{ n: 1 }], at: '1970-01-01T00:00:00.000Z' };
    expect(saidOf(children[0])).toMatchObject({ lots: fixed, a: 1, env: 'x' });
    for (const child of [children[1], children[2]])
      expect(saidOf(child)).toMatchObject({
        'exception.type': 'TypeError',
        'exception.message': 'bound',
        'exception.lots': fixed,
        a: 1,
      });
    expect(saidOf(early)).toMatchObject({ lots: fixed, x: 1 });
  });

  test('an error of the logger is each record’s exception, unless the record has one', () => {
    const error = new TypeError('bound');
    const child = make().child({ err: error });
    for (const logger of [make({ base: { err: error } }), child, child.child({ a: 1 })])
      for (let i = 0; i < 6; i++) {
        logger.info({ a: 1 }, 'x');
        expect(last().attributes).toMatchObject({ 'exception.type': 'TypeError', 'exception.message': 'bound', a: 1 });
        logger.error(new RangeError('own'));
        expect(last()).toMatchObject({ body: 'own', attributes: { 'exception.type': 'RangeError', 'exception.message': 'own' } });
      }
    child.child({ err: 'none' }).info('x');
    expect(last().attributes).toMatchObject({ err: 'none' });
    expect(child.bindings()).toHaveProperty('err');
  });

  test('ids of a trace are the record’s: in its fields, in bindings, from a mixin', () => {
    const ids = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', trace_flags: '01' };
    const later = make().child({ a: 1 });
    later.setBindings(ids);
    const { span_id, ...above } = ids;
    const write: ((logger: RealLogger) => void)[] = [
      (logger) => logger.info('x'),
      (logger) => logger.info({ a: 1 }, 'x'),
      (logger) => logger.info({ a: 1 }),
      (logger) => logger.info('x %d', 1),
    ];
    const loggers = [
      make({ base: ids }),
      make({ mixin: () => ({ ...ids }) }),
      make().child(ids),
      make().child(ids).child({ b: 1 }),
      make().child(above).child({ span_id }),
      later,
    ];
    for (const logger of loggers) for (const each of write) each(logger);
    for (const logger of [make(), make().child({ b: 1 }), make({ msgPrefix: 'p ' })])
      for (let i = 0; i < 6; i++) {
        logger.info(ids, 'x');
        logger.info({ ...ids, a: 1 });
      }
    const records = logging.records();
    expect(records).toHaveLength(60);
    for (const { traceId, spanId, traceFlags, attributes } of records) {
      expect({ traceId, spanId, traceFlags }).toEqual({ traceId: ids.trace_id, spanId: ids.span_id, traceFlags: 1 });
      expect(Object.keys(attributes).filter((key) => key in ids)).toEqual([]);
    }
    make().child({ trace_id: 'mine' }).info('x');
    expect(last().attributes).toMatchObject({ trace_id: 'mine' });
  });

  test('a message behind null, and one of the user’s name for it', () => {
    const logger = make() as unknown as Record<string, LogFn>;
    logger.info(null, 'null first');
    expect(last()).toMatchObject({ body: 'null first', attributes: { component: 'app' } });
    logger.info(null, 'and %s', 1);
    expect(last().body).toBe('and 1');
    logger.info(null);
    expect(last()).toMatchObject({ body: '', attributes: { component: 'app' } });
    make({ messageKey: 'message' }).info({ message: 'b', c: 1 });
    expect(last()).toMatchObject({ body: 'b', attributes: { component: 'app', c: 1 } });
    make({ messageKey: 'message' }).info({ msg: 'a field', c: 1 }, 'b');
    expect(last()).toMatchObject({ body: 'b', attributes: { msg: 'a field', c: 1 } });
  });

  test('its name is the logger’s, and a field of that name is a field', () => {
    const logger = make({ name: 'gateway' });
    logger.info('x');
    expect(last().loggerName).toBe('gateway');
    logger.info({ name: 'Bob' }, 'x');
    expect(last()).toMatchObject({ attributes: { name: 'Bob' } });
  });

  test('a hook sees every call, and may change it', () => {
    const seen: number[] = [];
    const logger = make({
      hooks: {
        logMethod(this: unknown, args: unknown[], method: (...args: unknown[]) => void, level: number) {
          seen.push(level);
          method.apply(this, [args[1], args[0]]);
        },
      },
    });
    (logger.info as (...args: unknown[]) => void)('late', { early: 1 });
    expect(seen).toEqual([30]);
    expect(last()).toMatchObject({ body: 'late', attributes: { early: 1 } });
  });

  test('levels are pino’s to set, per logger and child', () => {
    const logger = make({ level: 'warn' });
    const child = logger.child({ c: 1 }, { level: 'debug' });
    logger.info('no');
    child.debug('yes');
    logger.level = 'info';
    logger.info('yes');
    logger.level = 'silent';
    logger.fatal('no');
    expect(logging.records().map(({ body }) => body)).toEqual(['yes', 'yes']);
    expect(logger.isLevelEnabled('fatal')).toBe(false);
    expect(child.level).toBe('debug');
    expect(() => {
      logger.level = 'nonsense';
    }).toThrow('unknown level nonsense');
  });

  test('a record has the trace of the active span', () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    context.with(trace.setSpanContext(context.active(), span), () => make().info('x'));
    expect(last()).toMatchObject(span);
  });
});

describe('the destination', () => {
  test('ids that an instrumentation has put into the line are the record’s trace', () => {
    throughDestination({
      mixin: () => ({ trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', trace_flags: '01' }),
    }).info({ a: 1 }, 'x');
    const { attributes, ...record } = last();
    expect(record).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 });
    expect(attributes).toEqual({ component: 'app', a: 1 });
  });

  test('other keys for message and error, and a line that is no JSON, lose nothing', () => {
    throughDestination({ messageKey: 'message', errorKey: 'failure' }).error({ failure: new Error('m'), a: 1 }, 'said');
    expect(last()).toMatchObject({ body: 'said', attributes: { a: 1, 'exception.message': 'm' } });
    throughDestination({ hooks: { streamWrite: (line) => `<${line.trim()}>` } }).info('through a hook');
    expect(last()).toMatchObject({ level: 'info', body: 'through a hook' });
    const bare = pinoDestination({ logger: logging.getLogger('bare') });
    bare.write('not a line of pino\n');
    expect(last()).toMatchObject({ body: 'not a line of pino', level: 'info' });
  });

  test('a multistream hands on to it beside others', () => {
    const lines: string[] = [];
    const logger = realPino(
      {},
      realPino.multistream([
        { stream: pinoDestination({ logger: logging.getLogger('app') }) },
        { stream: { write: (line) => void lines.push(line) } },
      ]),
    );
    logger.info({ a: 1 }, 'x');
    expect(lines).toHaveLength(1);
    expect(last()).toMatchObject({ body: 'x', attributes: { a: 1 } });
  });

  test('flush brings everything through every backend', async () => {
    await using own = createLogging({ environment: 'test', backends: { memory: {} } });
    const logger = realPino(pinoDestination({ logger: own.getLogger('app') }));
    logger.info('x');
    await new Promise<void>((resolve, reject) => logger.flush((error) => (error ? reject(error) : resolve())));
    expect(own.memory.map(({ body }) => body)).toEqual(['x']);
  });
});

describe('the facade', () => {
  test('records what the user’s own code throws, and the rest of the record', () => {
    const fail = () => {
      throw new Error('mine');
    };
    facade({ mixin: fail }).info({ a: 1 }, 'x');
    expect(last()).toMatchObject({ body: 'x', attributes: { a: 1, 'pino.mixin': '[threw: Error: mine]' } });
    facade({ serializers: { a: fail } }).info({ a: 1, b: 2 }, 'x');
    expect(last()).toMatchObject({ body: 'x', attributes: { a: '[threw: Error: mine]', b: 2 } });
    facade({ formatters: { log: fail } }).info({ a: 1 }, 'x');
    expect(last()).toMatchObject({ attributes: { a: 1, 'pino.formatters.log': '[threw: Error: mine]' } });
    facade({ hooks: { logMethod: fail } }).info({ a: 1 }, 'x');
    expect(last()).toMatchObject({ body: 'x', attributes: { a: 1, 'pino.hook': '[threw: Error: mine]' } });
  });

  test('keeps arguments that no directive takes', () => {
    facade().info('a %s', 1, { b: 2 }, 3);
    expect(last()).toMatchObject({ body: 'a 1', attributes: { b: 2, value: 3 } });
    facade().info({ a: 1 }, { b: 2 });
    expect(last()).toMatchObject({ attributes: { a: 1, b: 2 } });
  });

  test('hides what the user hides in those arguments, too', () => {
    const logger = facade({ redact: ['card.num', 'err.num'], serializers: { user: () => 'U' } });
    logger.info('x', { card: { num: '4111' }, user: 'Bob' });
    expect(last().attributes).toMatchObject({ card: { num: '[Redacted]' }, user: 'U' });
    logger.info('x', Object.assign(new TypeError('m'), { num: '4111' }));
    expect(last().attributes).toMatchObject({
      'exception.type': 'TypeError',
      'exception.message': 'm',
      'exception.num': '[Redacted]',
    });
  });

  test('tells of a changed level', () => {
    const logger = facade({ level: 'info' });
    const seen: unknown[] = [];
    logger.on('level-change', (...args) => seen.push(args.slice(0, 4)));
    logger.level = 'debug';
    expect(seen).toEqual([['debug', 20, 'info', 30]]);
  });

  test('without a level of its own it has that of the configuration', () => {
    const logger = facade();
    expect(logger.level).toBe('trace');
    logging.setLevel('app', 'warning');
    expect(logger.level).toBe('warn');
    expect(logger.isLevelEnabled('info')).toBe(false);
  });

  test('a destination is refused with what to do', () => {
    expect(() => pino({}, realPino.destination(1))).toThrow('configureLogging({ backends })');
    expect(() => pino({ transport: { target: 'pino-pretty' } } as never)).toThrow('configureLogging({ backends })');
    expect(() => pino.destination()).toThrow('configureLogging({ backends })');
    expect(() => pino({ logger: {} as never })).toThrow('getLogger');
  });

  test('no input makes a call throw, or goes without a record', () => {
    const logger = facade();
    fc.assert(
      fc.property(
        fc.array(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withSymbol: true } as never), {
          maxLength: 5,
        }),
        (args) => {
          logging.clear();
          logger.info(...args);
          expect(logging.records()).toHaveLength(1);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('as pino', () => {
  const text = fc.string({ maxLength: 8 });
  const value = fc.oneof(
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 3 }),
  );
  const key = fc
    .string({ minLength: 1, maxLength: 5 })
    .filter(
      (k) => !['level', 'time', 'pid', 'hostname', 'msg', 'name', 'err', '__proto__'].includes(k) && !(k in Object.prototype),
    );
  const fields = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
  // A percent sign before anything else takes an argument with it in pino, which nobody means.
  const plain = text.map((each) => each.replaceAll('%', ''));
  const template = fc
    .array(fc.oneof(plain, fc.constantFrom('%s', '%d', '%i', '%f', '%j', '%o', '%O', '%%')), { maxLength: 4 })
    .map((parts) => parts.join(' '));
  const call = fc.oneof(
    fc.tuple(text),
    fc.tuple(fields, text),
    fc.tuple(fields, template, value, value, value, value),
    fc.tuple(template, value, value, value, value),
    fc.tuple(fields),
  );

  test.each(MAKERS)('any call says what pino says of it: %s', (_, make) => {
    // A generated name may be one of a credential, such as "jwT".
    logging = createTestLogging({ redact: [] });
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 2 }), call, (bindings, args) => {
        const lines: string[] = [];
        const real = bindings.reduce(
          (logger, own) => logger.child(own) as RealLogger,
          realPino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) }) as RealLogger,
        );
        const ours = bindings.reduce((logger, own) => logger.child(own) as RealLogger, make());
        logging.clear();
        (real as unknown as { info(...all: unknown[]): void }).info(...args);
        (ours as unknown as { info(...all: unknown[]): void }).info(...args);
        const { level: _, msg = '', ...expected } = JSON.parse(lines[0]);
        const { body, attributes } = last();
        expect(body).toBe(msg);
        expect(attributes).toMatchObject(expected);
      }),
      { numRuns: 500 },
    );
  });
});
