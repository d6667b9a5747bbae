import Fastify, { type FastifyBaseLogger } from 'fastify';
import { beforeEach, describe, expect, test } from 'vitest';
import { fastifyLogger } from '../../src/adapters/fastify/fastify.ts';
import { createTestLogging, type LogRecordData, type TestLogging } from '../../src/testing.ts';

let logging: TestLogging;

beforeEach(() => {
  logging = createTestLogging();
});

function records(message: string): readonly LogRecordData[] {
  return logging.records().filter(({ body }) => body === message);
}

function service(options: object = {}) {
  const loggerInstance: FastifyBaseLogger = fastifyLogger({ logger: logging.getLogger('http'), ...options });
  const app = Fastify({ loggerInstance, genReqId: () => 'req-7' });
  app.get('/orders/:id', async (request) => {
    request.log.info({ order: (request.params as { id: string }).id }, 'order asked for');
    return { ok: true };
  });
  app.get('/broken', async () => {
    throw new TypeError('no book');
  });
  app.get('/quiet', { logLevel: 'error' }, async (request) => {
    request.log.info('not said');
    return {};
  });
  return app;
}

describe('a Fastify service on fastifyLogger', () => {
  test('a request’s records have its id, and what Fastify’s serializers say', async () => {
    await using app = service();
    await app.inject('/orders/X1');
    const [incoming] = records('incoming request');
    const [own] = records('order asked for');
    const [completed] = records('request completed');
    expect(incoming).toMatchObject({
      level: 'info',
      loggerName: 'http',
      attributes: { reqId: 'req-7', req: { method: 'GET', url: '/orders/X1', host: 'localhost:80', remoteAddress: '127.0.0.1' } },
    });
    expect(own!.attributes).toMatchObject({ reqId: 'req-7', order: 'X1' });
    expect(completed!.attributes).toMatchObject({ reqId: 'req-7', res: { statusCode: 200 } });
    expect(completed!.attributes.responseTime).toBeGreaterThan(0);
  });

  test('an error of a handler is the record’s exception', async () => {
    await using app = service();
    await app.inject('/broken');
    const [broken] = records('no book');
    expect(broken).toMatchObject({
      level: 'error',
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'no book', reqId: 'req-7' },
    });
    expect(broken!.attributes.res).toMatchObject({ statusCode: 500 });
  });

  test('levels of routes, and the absence of a route', async () => {
    await using app = service();
    await app.inject('/quiet');
    expect(logging.records()).toEqual([]);
    await app.inject('/nowhere');
    expect(records('Route GET:/nowhere not found')).toHaveLength(1);
  });

  test('serializers and children of plugins', async () => {
    await using app = service({ serializers: { res: ({ statusCode }: { statusCode: number }) => ({ code: statusCode }) } });
    app.register(async (plugin) => {
      plugin.log.child({ plugin: 'p' }).warn('from a plugin');
    });
    await app.inject('/orders/X1');
    expect(records('request completed')[0]!.attributes.res).toEqual({ code: 200 });
    expect(records('from a plugin')[0]).toMatchObject({ level: 'warning', attributes: { plugin: 'p' } });
  });

  test('pino’s options where Fastify reads them', async () => {
    await using app = service({ level: 'error' });
    expect(app.log.level).toBe('error');
    await app.inject('/orders/X1');
    expect(logging.records()).toEqual([]);
  });
});

test('a logger of getLogger, handed in bare, serves Fastify too', async () => {
  await using app = Fastify({
    loggerInstance: logging.getLogger('http') as unknown as FastifyBaseLogger,
    genReqId: () => 'req-7',
  });
  app.get('/orders/:id', async (request) => {
    request.log.info({ order: 'X1' }, 'order asked for');
    return {};
  });
  await app.inject('/orders/X1');
  expect(records('order asked for')[0]).toMatchObject({ attributes: { reqId: 'req-7', order: 'X1' } });
  expect(records('request completed')).toHaveLength(1);
});
