import 'reflect-metadata';
import { ConsoleLogger, Controller, Get, type INestApplication, Logger, type LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nestLogger } from '../../src/adapters/nestjs/nestjs.ts';
import { createTestLogging, type LogRecordData, type TestLogging } from '../../src/testing.ts';

class OrdersController {
  readonly #logger = new Logger(OrdersController.name);

  find(): object {
    this.#logger.log('order asked for');
    this.#logger.warn({ message: 'structured', order: 7 });
    this.#logger.debug('with more', { a: 1 });
    return { ok: true };
  }

  fail(): never {
    throw new TypeError('no book');
  }
}
class AppModule {}

// Decorators as the compiler would write them: Node strips types, and no more.
for (const [path, name] of [
  ['orders', 'find'],
  ['broken', 'fail'],
] as const) {
  Get(path)(OrdersController.prototype, name, Object.getOwnPropertyDescriptor(OrdersController.prototype, name)!);
}
Controller()(OrdersController);
Module({ controllers: [OrdersController] })(AppModule);

const NEST_LEVELS = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const;

let logging: TestLogging;
let app: INestApplication | undefined;

beforeEach(() => {
  logging = createTestLogging();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  Logger.overrideLogger(['log']);
});

const service = (): LoggerService => nestLogger({ logger: logging.getLogger('nest') });

function find(body: unknown): LogRecordData | undefined {
  return logging.records().find((record) => record.body === body);
}

describe('a Nest application on nestLogger', () => {
  test('what Nest itself says, and what its classes do, under their names', async () => {
    app = await NestFactory.create(AppModule, { logger: service() });
    await app.listen(0, '127.0.0.1');
    expect(find('Nest application successfully started')).toMatchObject({ level: 'info', loggerName: 'NestApplication' });
    expect(logging.records().map(({ loggerName }) => loggerName)).toEqual(
      expect.arrayContaining(['NestFactory', 'RoutesResolver']),
    );
    await fetch(`${await app.getUrl()}/orders`);
    expect(find('order asked for')).toMatchObject({ level: 'info', loggerName: 'OrdersController', tags: ['OrdersController'] });
    expect(logging.records().find(({ attributes }) => attributes.order === 7)).toMatchObject({
      level: 'warning',
      loggerName: 'OrdersController',
      attributes: { message: 'structured' },
    });
    expect(find('with more')).toMatchObject({ level: 'debug', attributes: { a: 1 } });
  });

  test('what a handler throws is the record’s exception', async () => {
    app = await NestFactory.create(AppModule, { logger: service() });
    await app.listen(0, '127.0.0.1');
    await fetch(`${await app.getUrl()}/broken`);
    const thrown = logging.records().find(({ level }) => level === 'error')!;
    expect(thrown).toMatchObject({
      loggerName: 'ExceptionsHandler',
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'no book' },
    });
    expect(String(thrown.attributes['exception.stacktrace'])).toContain('nestjs.test.ts');
  });

  test('what was buffered before there was a logger', async () => {
    app = await NestFactory.create(AppModule, { bufferLogs: true });
    expect(logging.records()).toEqual([]);
    app.useLogger(service());
    await app.init();
    expect(logging.records().map(({ loggerName }) => loggerName)).toEqual(
      expect.arrayContaining(['NestFactory', 'InstanceLoader']),
    );
  });
});

describe('the arguments of Nest’s logger', () => {
  const stack = new TypeError('no book').stack!;

  test.each<[string, unknown[], object]>([
    ['a context', ['m', 'Ctx'], { body: 'm', loggerName: 'Ctx' }],
    [
      'a stack',
      ['m', stack],
      {
        body: 'm',
        loggerName: 'nest',
        attributes: { 'exception.type': 'TypeError', 'exception.message': 'no book', 'exception.stacktrace': stack },
      },
    ],
    [
      'a stack and a context',
      ['m', stack, 'Ctx'],
      { body: 'm', loggerName: 'Ctx', attributes: { 'exception.type': 'TypeError' } },
    ],
    ['no stack and a context', ['m', undefined, 'Ctx'], { body: 'm', loggerName: 'Ctx' }],
    [
      'an error',
      [new TypeError('no book'), 'Ctx'],
      { body: 'no book', loggerName: 'Ctx', attributes: { 'exception.type': 'TypeError' } },
    ],
    [
      'an error and its stack',
      [new TypeError('no book'), stack, 'Ctx'],
      { body: 'no book', loggerName: 'Ctx', attributes: { 'exception.type': 'TypeError' } },
    ],
    ['several messages', ['m', 'n', { a: 1 }, 'Ctx'], { body: 'm', loggerName: 'Ctx', attributes: { value: 'n', a: 1 } }],
    ['a message alone', ['m'], { body: 'm', loggerName: 'nest' }],
  ])('error() with %s', (_, args, expected) => {
    (service() as unknown as { error(...all: unknown[]): void }).error(...args);
    expect(logging.records()).toMatchObject([{ level: 'error', ...expected }]);
  });

  test('levels, and which of them Nest lets through', () => {
    const logger = service();
    logger.verbose!('x');
    logger.debug!('x');
    logger.log('x');
    logger.warn('x');
    logger.error('x');
    logger.fatal!('x');
    expect(logging.records().map(({ level }) => level)).toEqual(['trace', 'debug', 'info', 'warning', 'error', 'fatal']);
    logging.clear();
    logger.setLogLevels!(['warn', 'error']);
    logger.log('no');
    logger.fatal!('yes');
    expect(logging.records().map(({ body }) => body)).toEqual(['yes']);
    logger.setLogLevels!([]);
    logger.fatal!('no');
    expect(logging.records()).toHaveLength(1);
  });
});

test('setLogLevels lets through what it does with Nest’s own logger, whatever levels are named', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...NEST_LEVELS, 'unknown'), { maxLength: 4 }), (levels) => {
      logging.clear();
      const logger = service();
      logger.setLogLevels!(levels as never);
      for (const level of NEST_LEVELS) logger[level]!(level);
      const theirs = new ConsoleLogger({ logLevels: levels as never });
      const expected = NEST_LEVELS.filter((level) => theirs.isLevelEnabled(level));
      expect(logging.records().map(({ body }) => body)).toEqual(expected);
    }),
  );
});

test('a logger of getLogger, handed in bare, serves Nest too', async () => {
  app = await NestFactory.create(AppModule, { logger: logging.getLogger('nest') as never });
  await app.init();
  expect(logging.records().map(({ body }) => body)).toContain('Starting Nest application...');
});
