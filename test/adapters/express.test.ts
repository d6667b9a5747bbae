import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
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

  test('a client that goes away is told of', async () => {
    await serve();
    const call = request(`${origin}/api/never`);
    call.on('error', () => {});
    call.end();
    setTimeout(() => call.destroy(), 50);
    expect(await completed()).toMatchObject({ level: 'warning', body: 'request aborted' });
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

  test('ignored requests have a logger and no record', async () => {
    await serve({ ignore: ({ url }) => url!.includes('orders') });
    await fetch(`${origin}/api/orders/X1`);
    await fetch(`${origin}/api/broken`);
    await completed();
    expect(logging.records().map(({ body }) => body)).toEqual(['order asked for', 'request completed']);
  });
});
