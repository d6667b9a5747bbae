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
