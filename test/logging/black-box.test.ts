/**
 * The black box (`blackBox.records`): the newest records below the level that is written stand in front of the error of their thread, and nowhere else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { configureLogging, createLogging, type HFTLogger, type Level, type LoggingConfig } from '../../src/index.ts';
import { createTestLogging } from '../../src/testing.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';

const RECORDS = 5;
const boxed = (config: LoggingConfig = {}) => createTestLogging({ level: 'info', blackBox: { records: RECORDS }, ...config });
type Boxed = ReturnType<typeof boxed>;

const seen = (logging: Boxed) => logging.records().map(({ level, body, attributes }) => [level, body, attributes.n]);

describe('records below the level that is written', () => {
  test('stand in front of the error, the newest ones, oldest first, with their own level, time and fields', () => {
    const logging = boxed();
    const logger = logging.getLogger('gateway');
    logger.info('started', { n: 0 });
    for (let n = 1; n <= 8; n++) logger[n % 2 === 0 ? 'debug' : 'trace']('tick', { n, symbol: 'BTCUSDT' });
    logger.error('refused', { n: 9 });
    expect(seen(logging)).toEqual([
      ['info', 'started', 0],
      ['debug', 'tick', 4],
      ['trace', 'tick', 5],
      ['debug', 'tick', 6],
      ['trace', 'tick', 7],
      ['debug', 'tick', 8],
      ['error', 'refused', 9],
    ]);
    const [started, first, , , , last, refused] = logging.records();
    expect(first!.attributes).toMatchObject({ component: 'gateway', symbol: 'BTCUSDT', 'hft.black_box': true });
    expect(refused!.attributes).not.toHaveProperty('hft.black_box');
    expect(first!.timeUnixNanos).toBeLessThanOrEqual(last!.timeUnixNanos);
    expect(last!.timeUnixNanos).toBeLessThanOrEqual(refused!.timeUnixNanos);
    expect([started, first, last, refused].map((record) => record!.sequence)).toEqual([1, 2, 6, 7]);
  });

  test('come once: the next error brings what has come since', () => {
    const logging = boxed();
    const logger = logging.getLogger('gateway');
    logger.debug('before', { n: 1 });
    logger.error('one', { n: 2 });
    logger.error('two', { n: 3 });
    logger.debug('between', { n: 4 });
    logger.fatal('three', { n: 5 });
    expect(seen(logging).map(([, , n]) => n)).toEqual([1, 2, 3, 4, 5]);
  });

  test('are not written without an error: not by warnings, and not by the end', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'app.jsonl');
    const logging = createLogging({
      handleExits: false,
      level: 'info',
      blackBox: { records: RECORDS },
      backends: { file: { path, format: 'json', level: 'trace' } },
    });
    const logger = logging.getLogger('gateway');
    logger.debug('kept');
    logger.warning('careful');
    await logging.shutdown();
    const messages = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg);
    expect(messages).toEqual(['careful']);
    expect(logging.health().lanes.logs).toMatchObject({ accepted: 1 });
  });

  test('go where the error goes, also to backends that do not take their level', async () => {
    using folder = temporaryFolder();
    const [own, other] = [join(folder.path, 'app.jsonl'), join(folder.path, 'fatal.txt')];
    const logging = createLogging({
      handleExits: false,
      diagnosticLevel: 'none',
      level: 'info',
      blackBox: { records: RECORDS },
      routes: [{ when: { level: ['error', 'fatal'] }, to: ['file', 'memory'] }],
      routesMode: 'replace',
      backends: { file: { path: own, format: 'json', level: 'error' }, memory: { level: 'fatal' } },
    });
    onTestFinished(async () => void (await logging.shutdown()));
    writeFileSync(other, '');
    const logger = logging.getLogger('gateway');
    logger.debug('kept', { n: 1 });
    logger.withContext({ order: 7 }).debug('kept of a child', { n: 2 });
    logger.warning('goes nowhere');
    logger.error('refused', { n: 3 });
    await logging.flush();
    const lines = readFileSync(own, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ level, n, order, 'hft.black_box': box }) => ({ level, n, order, box }))).toEqual([
      { level: 'debug', n: 1, order: undefined, box: true },
      { level: 'debug', n: 2, order: 7, box: true },
      { level: 'error', n: 3, order: undefined, box: undefined },
    ]);
    expect(logging.memory.length).toBe(0);
    const { accepted, unrouted } = logging.health().lanes.logs;
    expect({ accepted, unrouted: JSON.stringify(unrouted).includes('1') }).toEqual({ accepted: 4, unrouted: true });
    expect(logging.health().backends.file).toMatchObject({ taken: 3, delivered: 3 });
  });

  test('are kept from the first call on, and after a level has been changed', () => {
    const logging = boxed();
    const logger = logging.getLogger('gateway');
    logger.debug('first call', { n: 1 });
    logging.setLevel('gateway', 'debug');
    logger.debug('written', { n: 2 });
    logging.setLevel('gateway', 'error');
    logger.warning('kept', { n: 3 });
    expect(seen(logging)).toEqual([['debug', 'written', 2]]);
    logger.error('now', { n: 4 });
    expect(seen(logging).map(([, body]) => body)).toEqual(['written', 'first call', 'kept', 'now']);
  });

  test('are redacted, whole, and of every kind that a call may have', () => {
    const logging = boxed({ blackBox: { records: 10 } });
    const logger = logging.getLogger('gateway');
    logger.debug('call', { n: 1, api_key: 'abc', book: { bids: [[1, 2]] } });
    logger.debug('lazy', () => ({ n: 2 }));
    logger.debug(new Error('as a message'), { n: 3 });
    logger.debug('more', { n: 4 }, { symbol: 'ETHUSDT' });
    (logger.debug as (text: string) => void).call(undefined, 'without its logger');
    logging.loggerProvider.getLogger('library').emit({ severityNumber: 5, body: 'of another API', attributes: { n: 5 } });
    logger.error('refused');
    const [call, lazy, error, more, api] = logging.records().filter(({ attributes }) => attributes['hft.black_box'] === true);
    expect(call!.attributes).toMatchObject({ api_key: '[redacted]', book: { bids: [[1, 2]] } });
    expect(lazy!.attributes).toMatchObject({ n: 2 });
    expect(error!.attributes).toMatchObject({ n: 3, 'exception.message': 'as a message' });
    expect(more!.attributes).toMatchObject({ n: 4, symbol: 'ETHUSDT' });
    expect(api).toMatchObject({ body: 'of another API', loggerName: 'library', attributes: { n: 5 } });
  });

  test('of OpenTelemetry’s API stand there with their own time, name and severity, and an error of it brings them', () => {
    const logging = boxed();
    const library = logging.loggerProvider.getLogger('library');
    const own = { timestamp: 1_700_000_000_000, eventName: 'book.gap', severityText: 'GAP' };
    library.emit({ ...own, severityNumber: 5, body: 'kept', attributes: { n: 1 } });
    library.emit({ ...own, severityNumber: 13, body: 'written', attributes: { n: 2 } });
    library.emit({ severityNumber: 6, body: { code: 5 }, attributes: { n: 3 } });
    expect(seen(logging)).toEqual([['warning', 'written', 2]]);
    library.emit({ ...own, severityNumber: 17, body: 'refused', attributes: { n: 4 } });
    expect(seen(logging)).toEqual([
      ['warning', 'written', 2],
      ['debug', 'kept', 1],
      ['debug', { code: 5 }, 3],
      ['error', 'refused', 4],
    ]);
    const [written, kept, , refused] = logging.records();
    const parts = {
      timeUnixNanos: 1_700_000_000_000_000_000n,
      eventName: 'book.gap',
      severityText: 'GAP',
      loggerName: 'library',
    };
    for (const [record, isKept] of [
      [written, undefined],
      [kept, true],
      [refused, undefined],
    ] as const) {
      expect(record).toMatchObject(parts);
      expect(record!.attributes['hft.black_box']).toBe(isKept);
    }
  });

  test('have the name and the context of their logger, as a child has them', () => {
    const logging = boxed({ blackBox: { records: 20 } });
    const logger = logging.getLogger('gateway');
    for (let n = 0; n < 3; n++) {
      logger.debug('plain', { n });
      logger.withContext({ order: n }).debug('child', { n });
      logging.loggerProvider.getLogger('library').emit({ severityNumber: 6, body: 'open', attributes: { n } });
    }
    logger.error('refused');
    const kept = logging.records().slice(0, -1);
    const box = { 'hft.black_box': true };
    expect(kept.map(({ body, loggerName, attributes }) => [body, loggerName, { ...attributes }])).toEqual(
      [0, 1, 2].flatMap((n) => [
        ['plain', 'gateway', { component: 'gateway', ...box, n }],
        ['child', 'gateway', { component: 'gateway', order: n, ...box, n }],
        ['open', 'library', { ...box, n }],
      ]),
    );
  });

  test('that the ring has no room for are lost and counted, and do not come later', () => {
    const logging = boxed({ ringBufferSize: 300 });
    const logger = logging.getLogger('gateway');
    for (let n = 0; n < 3_000; n++) logger.info('flood', { n, text: 'x'.repeat(30) });
    for (let n = 1; n <= 3; n++) logger.debug('kept', { n });
    logger.error('refused', { n: 4 });
    logging.clear();
    logger.debug('kept since', { n: 5 });
    logger.error('refused again', { n: 6 });
    const bodies = logging.records().map(({ body }) => body);
    expect(bodies.filter((body) => body === 'kept')).toEqual([]);
    expect(bodies.slice(-2)).toEqual(['kept since', 'refused again']);
  });

  test('a call that throws, or logs an error while its fields are read, harms nothing', () => {
    const logging = boxed();
    const logger = logging.getLogger('gateway');
    logger.debug('before', { n: 1 });
    logger.debug('outer', {
      get n() {
        logger.error('inner', { n: 2 });
        return 3;
      },
    });
    logger.debug('throws', {
      get n() {
        throw new Error('no');
      },
    });
    logger.error('last', { n: 4 });
    expect(seen(logging).map(([, body]) => body)).toEqual(['before', 'inner', 'outer', 'throws', 'last']);
  });
});

/** The calls of a program, and what a plain list says of them. */
describe('whatever is logged, the stream is that of a model with a list of the newest', () => {
  const call = fc.record({
    level: fc.constantFrom<Level>('trace', 'debug', 'info', 'warning', 'error'),
    logger: fc.constantFrom('a', 'b', 'child'),
    /** Of the message: texts that are met once define nothing, others do; some fill a dictionary. */
    message: fc.oneof(fc.constantFrom('tick', 'quote', 'order'), fc.string({ maxLength: 20 })),
    text: fc.oneof(fc.constant('BTCUSDT'), fc.string({ maxLength: 200 })),
    times: fc.integer({ min: 1, max: 40 }),
  });

  test.each([1, 7, 300])('%i records', (records) => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
        const logging = boxed({ blackBox: { records }, ringBufferSize: 20_000 });
        const plain = logging.getLogger('a');
        const loggers: Record<string, HFTLogger> = {
          a: plain,
          b: logging.getLogger('b'),
          child: plain.withContext({ order: 1 }),
        };
        const expected: unknown[] = [];
        let kept: unknown[] = [];
        let n = 0;
        for (const { level, logger, message, text, times } of calls) {
          for (let i = 0; i < times; i++) {
            n++;
            loggers[logger]![level](message, { n, text });
            const record = [level, message, n];
            if (level === 'trace' || level === 'debug') kept = [...kept, record].slice(-records);
            else {
              if (level === 'error') expected.push(...kept.splice(0));
              expected.push(record);
            }
          }
          // As a worker would: the ring is read while calls are made.
          logging.records();
        }
        expect(seen(logging)).toEqual(expected);
        expect(logging.records().map(({ sequence }) => sequence)).toEqual(expected.map((_, i) => i + 1));
      }),
      { numRuns: 60 },
    );
  });

  test('millions of calls below the level leave the newest ones', () => {
    const logging = boxed({ blackBox: { records: 100 } });
    const logger = logging.getLogger('gateway');
    for (let n = 0; n < 300_000; n++) logger.debug('tick', { n, symbol: 'BTCUSDT', price: 1.5 });
    logger.error('refused', { n: 300_000 });
    expect(seen(logging).map(([, , n]) => n)).toEqual(Array.from({ length: 101 }, (_, i) => 299_900 + i));
  });
});

test('a turn of the dictionary gives up what is kept, and what comes after it is kept again', async () => {
  const logging = boxed({ blackBox: { records: 1_000 } });
  const logger = logging.getLogger('gateway');
  for (let turn = 0; turn < 3; turn++) {
    // Unique keys fill a half of the dictionary.
    for (let i = 0; i < 12_000; i++) {
      logger.info('unique keys', { [`${'key'.repeat(30)}_${turn}_${i}`]: i });
      if (i % 50 !== 0) continue;
      logger.debug('in between', { i });
      logging.clear();
      await null;
    }
    logger.debug('after', { n: turn, symbol: 'BTCUSDT' });
    logger.error('refused', { n: turn });
    const messages = logging.records().map(({ body }) => body);
    expect(messages.slice(-2)).toEqual(['after', 'refused']);
    const between = messages.filter((body) => body === 'in between').length;
    expect(between).toBeGreaterThan(0);
    expect(between).toBeLessThan(12_000 / 50);
    logging.clear();
  }
});

test('it is refused beyond half a ring', () => {
  expect(() => createTestLogging({ ringBufferSize: 1_000, blackBox: { records: 501 } })).toThrow(
    /blackBox\.records.*at most half of ringBufferSize, 500/s,
  );
});

test('each thread has its own: an error brings nothing of another thread', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'app.jsonl');
  const logging = configureLogging({
    handleExits: false,
    level: 'info',
    blackBox: { records: RECORDS },
    backends: { file: { path, format: 'json' } },
  });
  onTestFinished(async () => void (await logging.shutdown()));
  await logging.ready;
  logging.getLogger('main').debug('of the main thread');
  const index = new URL('../../src/index.ts', import.meta.url).href;
  const code = `
    const { getLogger, flushLogging } = await import(${JSON.stringify(index)});
    const logger = getLogger('thread');
    logger.debug('of the thread');
    logger.error('refused');
    await flushLogging();`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  await logging.flush();
  const messages = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).msg);
  expect(messages).toEqual(['of the thread', 'refused']);
});

test('an error that nobody catches brings it', async () => {
  using folder = temporaryFolder();
  const program = join(folder.path, 'crash.mjs');
  const path = join(folder.path, 'app.jsonl');
  const index = new URL('../../src/index.ts', import.meta.url).href;
  writeFileSync(
    program,
    `import { configureLogging, getLogger } from ${JSON.stringify(index)};
     configureLogging({ level: 'info', blackBox: { records: 3 }, backends: { file: { path: ${JSON.stringify(path)}, format: 'json' } } });
     for (let n = 1; n <= 5; n++) getLogger('gateway').debug('step', { n });
     throw new Error('crash');`,
  );
  const { code } = await runProgram(program);
  const lines = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect({ code, steps: lines.map(({ n }) => n) }).toEqual({ code: 1, steps: [3, 4, 5] });
});
