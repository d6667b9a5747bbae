import { Console } from 'node:console';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CaptureConsoleOptions, type CapturedConsole, captureConsole } from '../../src/adapters/console/console.ts';
import { createTestLogging, type LogRecordData, type TestLogging } from '../../src/testing.ts';

let logging: TestLogging;
let printed: string;
let own: Console;
let captured: CapturedConsole;

beforeEach(() => {
  logging = createTestLogging();
  printed = '';
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      printed += chunk;
      callback();
    },
  });
  own = new Console(stream, stream);
});

afterEach(() => captured?.restore());

function capture(options: CaptureConsoleOptions = {}): void {
  captured = captureConsole({ console: own, logger: logging.getLogger('console'), ...options });
}

function last(): LogRecordData {
  return logging.records().at(-1)!;
}

/** Of a record, without the context of its logger. */
function told({ level, body, attributes: { component: _, ...fields } }: LogRecordData) {
  return [level, body, fields];
}

describe('captureConsole', () => {
  test('each method has its level, and is printed as before', () => {
    capture();
    for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const) own[method](method);
    expect(logging.records().map(({ level, body }) => [level, body])).toEqual([
      ['debug', 'debug'],
      ['info', 'log'],
      ['info', 'info'],
      ['warning', 'warn'],
      ['error', 'error'],
    ]);
    expect(printed).toBe('debug\nlog\ninfo\nwarn\nerror\n');
  });

  test('suppressed, nothing is printed and everything is a record', () => {
    capture({ suppress: true });
    own.log('a');
    own.table([{ a: 1 }]);
    own.dir({ a: 1 });
    own.count('c');
    own.time('t');
    own.timeEnd('t');
    own.assert(false, 'wrong');
    own.trace('here');
    own.group('g');
    own.log('in it');
    own.groupEnd();
    expect(printed).toBe('');
    expect(logging.records().map(({ body }) => String(body).replace(/[\d.]+m?s/, '…'))).toEqual([
      'a',
      'table',
      '',
      'c: 1',
      't: …',
      'Assertion failed: wrong',
      'here',
      'g',
      'in it',
    ]);
  });

  test('format strings, texts behind each other, objects and errors', () => {
    capture();
    own.log('%s has %d of %o', 'A', 3, 'x', { a: 1 });
    own.log('a', 1, true, null);
    own.log({ a: 1 });
    own.error('failed:', new TypeError('broken'));
    own.log('100%', { a: 1 });
    own.log('%c styled', 'color: red');
    own.log('%%s', 1);
    expect(logging.records().map(told)).toEqual([
      ['info', "A has 3 of 'x'", { a: 1 }],
      ['info', 'a 1 true null', {}],
      ['info', '', { a: 1 }],
      ['error', 'failed:', expect.objectContaining({ 'exception.type': 'TypeError', 'exception.message': 'broken' })],
      ['info', '100%', { a: 1 }],
      ['info', ' styled', {}],
      ['info', '%%s 1', {}],
    ]);
  });

  test('tables, and where in groups a record stands', () => {
    capture();
    own.table([{ symbol: 'BTCUSDT', qty: 1 }], ['qty']);
    expect(told(last())).toEqual(['info', 'table', { table: [{ symbol: 'BTCUSDT', qty: 1 }], columns: ['qty'] }]);
    own.table(5);
    expect(told(last())).toEqual(['info', '5', {}]);
    own.group('outer');
    own.group('inner');
    own.log('x');
    expect(told(last())).toEqual(['info', 'x', { 'console.group': ['outer', 'inner'] }]);
    own.groupEnd();
    own.groupEnd();
    own.groupEnd();
    own.log('y');
    expect(told(last())).toEqual(['info', 'y', {}]);
    expect(printed).toContain('    x\n');
  });

  test('a trace says where it was', () => {
    capture();
    own.trace('here', { a: 1 });
    expect(told(last())).toEqual(['trace', 'here', { a: 1, 'code.stacktrace': expect.stringContaining('console.test.ts') }]);
    expect(logging.records()).toHaveLength(1);
  });

  test('the console is as it was after restore, and a second capture takes the first one’s place', () => {
    const before = own.log;
    capture();
    capture();
    own.log('x');
    expect(logging.records()).toHaveLength(1);
    captured.restore();
    own.log('y');
    expect(own.log).toBe(before);
    expect(logging.records()).toHaveLength(1);
  });

  test('the global console, which this file’s runner has replaced, is captured by default', () => {
    captured = captureConsole({ logger: logging.getLogger('console'), suppress: true });
    console.log('from anywhere', { a: 1 });
    captured.restore();
    expect(told(last())).toEqual(['info', 'from anywhere', { a: 1 }]);
  });

  test('no input makes a call throw, or goes without a record', () => {
    // Printing itself may throw: `%j` of a bigint, columns of a table that are none.
    capture({ suppress: true });
    fc.assert(
      fc.property(
        fc.constantFrom('log', 'info', 'warn', 'error', 'debug', 'dir', 'table', 'trace', 'group'),
        fc.array(
          fc.oneof(
            fc.constantFrom('%s', '%d %i', '%o %j', '%c', '%%'),
            fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }),
          ),
          { minLength: 1, maxLength: 5 },
        ),
        (method, args) => {
          logging.clear();
          (own as unknown as Record<string, (...all: unknown[]) => void>)[method]!(
            ...(method === 'table' ? args.slice(0, 1) : args),
          );
          // Node's own table refuses columns that are none.
          expect(logging.records()).toHaveLength(1);
          own.groupEnd();
        },
      ),
      { numRuns: 300 },
    );
  });
});
