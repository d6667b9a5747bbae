import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ExpressLoggerOptions, expressErrors, expressLogger, requestLogger } from '../../src/adapters/express/express.ts';
import { createTestLogging, type TestLogging } from '../../src/testing.ts';

let logging: TestLogging;
let origin: string;
let close: () => Promise<void>;

beforeEach(() => {
  logging = createTestLogging();
});

afterEach(() => close());

async function serve(options: ExpressLoggerOptions = {}): Promise<void> {
  const app = express();
  app.use(expressLogger({ logger: logging.getLogger('http'), ...options }));
  const router = express.Router();
  router.get('/orders/:id', (req, res) => {
    requestLogger(req).info('order asked for', { order: req.params.id });
    res.json({ ok: true });
  });
  router.get('/broken', () => {
    throw new TypeError('no book');
  });
  router.get('/never', () => {});
  app.use('/api', router);
  app.use(expressErrors());
  app.use(((_error, _request, response, _next) => void response.status(500).end()) as express.ErrorRequestHandler);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

/** Its default, a second, is short on a machine that is busy with other things. */
const PATIENCE = { timeout: 30_000 };

/** The record is written when the response is over, which its reader may see earlier. */
function completed() {
  return vi.waitFor(() => {
    const found = logging.records().find(({ body }) => String(body).startsWith('request '));
    expect(found).toBeDefined();
    return found!;
  }, PATIENCE);
}

describe('an Express service with expressLogger', () => {
  test('a request’s records have its id, and the last says what became of it', async () => {
    await serve();
    const response = await fetch(`${origin}/api/orders/X1?depth=5`, { headers: { 'x-request-id': 'r-1', 'user-agent': 'test' } });
    expect(response.headers.get('x-request-id')).toBe('r-1');
    expect(await completed()).toMatchObject({
      level: 'info',
      body: 'request completed',
      loggerName: 'http',
      attributes: {
        request_id: 'r-1',
        'http.request.method': 'GET',
        'url.path': '/api/orders/X1',
        'url.query': 'depth=5',
        'http.route': '/api/orders/:id',
        'http.response.status_code': 200,
        'client.address': '127.0.0.1',
        'user_agent.original': 'test',
        duration_ms: expect.any(Number),
      },
    });
    expect(logging.records()[0]).toMatchObject({ body: 'order asked for', attributes: { request_id: 'r-1', order: 'X1' } });
  });

  test('one without an id gets one', async () => {
    await serve();
    const response = await fetch(`${origin}/api/orders/X1`);
    expect((await completed()).attributes.request_id).toBe(response.headers.get('x-request-id'));
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a handler’s error is the exception of the request’s record', async () => {
    await serve();
    await fetch(`${origin}/api/broken`);
    expect(await completed()).toMatchObject({
      level: 'error',
      attributes: { 'http.response.status_code': 500, 'exception.type': 'TypeError', 'exception.message': 'no book' },
    });
  });

  test('what the user’s own code throws stands in the record, and the request goes on', async () => {
    const fail = () => {
      throw new Error('mine');
    };
    await serve({ makeRequestId: fail, ignore: fail, fields: fail, level: fail });
    const response = await fetch(`${origin}/nowhere`);
    expect(response.status).toBe(404);
    expect(await completed()).toMatchObject({ level: 'warning', attributes: { fields: '[threw: Error: mine]' } });
  });

  test.each([['verbose'], ['audit'], ['child'], ['__proto__'], [''], [7], [null], [{}]])(
    'a level of %j is none: the request’s record has its usual one',
    async (level) => {
      await serve({ level: () => level as never });
      expect((await fetch(`${origin}/nowhere`)).status).toBe(404);
      expect(await completed()).toMatchObject({ level: 'warning', body: 'request completed' });
    },
  );

  test('names that pino’s loggers know are levels, and `silent` is no record', async () => {
    const levels = ['silent', 'warn'] as const;
    let asked = 0;
    await serve({ level: () => levels[asked++] });
    await fetch(`${origin}/api/orders/X1`);
    await fetch(`${origin}/api/orders/X2`);
    expect(await completed()).toMatchObject({ level: 'warning', attributes: { 'url.path': '/api/orders/X2' } });
    expect(logging.records().filter(({ body }) => body === 'request completed')).toHaveLength(1);
  });

  test('fields that cannot be read cost themselves, not the process', async () => {
    const fields = () => ({
      get order() {
        throw new Error('no book');
      },
    });
    await serve({ fields });
    await fetch(`${origin}/api/orders/X1`);
    expect(await completed()).toMatchObject({ level: 'info', attributes: { fields: '[threw: Error: no book]' } });
  });

  test.each([
    ['/api/orders/X1', undefined],
    ['/api/orders/X1?', ''],
    ['/api/orders/X1?next=/a?b=2&c=3', 'next=/a?b=2&c=3'],
    ['/api/orders/X1??', '?'],
  ])('the query of %s is everything behind its first question mark', async (url, query) => {
    await serve();
    await fetch(`${origin}${url}`);
    const { attributes } = await completed();
    expect([attributes['url.path'], attributes['url.query']]).toEqual(['/api/orders/X1', query]);
  });

  test('a client that goes away is told of, with its address', async () => {
    await serve();
    const { port, hostname } = new URL(origin);
    const socket = connect(Number(port), hostname);
    socket.write('GET /api/orders/X1 HTTP/1.1\r\nHost: a\r\n\r\nGET /api/never HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data'); // the first answer: the second request has been read too
    socket.resetAndDestroy();
    const aborted = await vi.waitFor(() => {
      const found = logging.records().find(({ body }) => body === 'request aborted');
      expect(found).toBeDefined();
      return found!;
    }, PATIENCE);
    expect(aborted).toMatchObject({ level: 'warning', attributes: { 'client.address': '127.0.0.1' } });
  });

  test('ignored requests have a logger and no record', async () => {
    await serve({ ignore: ({ url }) => url!.includes('orders') });
    await fetch(`${origin}/api/orders/X1`);
    await fetch(`${origin}/api/broken`);
    await completed();
    expect(logging.records().map(({ body }) => body)).toEqual(['order asked for', 'request completed']);
  });
});
