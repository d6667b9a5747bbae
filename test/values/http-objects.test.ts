/**
 * Objects of HTTP clients and servers, from real requests on the loopback interface: summed up, no credential in them, a line of some kilobytes.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import axios, { type AxiosError } from 'axios';
import got, { type RequestError } from 'got';
import { Agent, request as undiciRequest } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { jsonLine } from '../../src/encoders/json/record.ts';
import { createTestLogging } from '../../src/testing.ts';

const SECRET = 's3cr3t0f0urs';

let base: string;
let server: http.Server;
let lastRequest: http.IncomingMessage;
let lastResponse: http.ServerResponse;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    lastRequest = request;
    lastResponse = response;
    request.resume();
    response.writeHead(request.url?.startsWith('/ok') ? 200 : 401, {
      'content-type': 'application/json',
      'set-cookie': `session=${SECRET}`,
    });
    response.end(JSON.stringify({ code: -2015, msg: 'Invalid API-key, IP, or permissions for action.', token: SECRET }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const query = `symbol=BTCUSDT&timestamp=1&signature=${SECRET}&listenKey=${SECRET}`;
const headers = { 'X-MBX-APIKEY': SECRET, Authorization: `Bearer ${SECRET}`, Cookie: `a=${SECRET}` };

const failure = (request: Promise<unknown>) =>
  request.then(
    () => {
      throw new Error('It was to fail.');
    },
    (error: unknown) => error,
  );

const signedAxios = () =>
  failure(
    axios.post(
      `${base}/api/v3/order?${query}`,
      { apiKey: SECRET, qty: 1 },
      { headers, auth: { username: 'user', password: SECRET }, params: { secret: SECRET } },
    ),
  ) as Promise<AxiosError>;

/** Lines of all ways to log a value. */
function linesOf(value: unknown): string[] {
  const logging = createTestLogging();
  const log = logging.getLogger('rest');
  log.error('failed', { err: value });
  log.error('failed', { deep: { list: [value] } });
  if (value instanceof Error) log.error(value as never, { n: 1 });
  else log.error('failed', value as object as never);
  log.audit('failed', { err: value });
  log.withContext({ err: value }).error('failed');
  return [...logging.records(), ...logging.audits()].map((record) => jsonLine(record, 'run'));
}

describe('an axios error', () => {
  test('has no readable credential, as a field, as the message, nested, in an audit event, in a context', async () => {
    for (const line of linesOf(await signedAxios())) {
      expect(line).not.toContain(SECRET);
      expect(line.length).toBeLessThan(4_096);
    }
  });

  test('says what was asked and what the answer was, in a line of some 2 kB', async () => {
    const error = await signedAxios();
    // Stacks of a test runner are longer than those of a program.
    error.stack = String(error.stack).split('\n').slice(0, 8).join('\n');
    const [line] = linesOf(error);
    expect(line.length).toBeLessThan(2_300);
    expect(JSON.parse(line)).toMatchObject({
      'exception.type': 'AxiosError',
      'exception.message': 'Request failed with status code 401',
      'exception.code': 'ERR_BAD_REQUEST',
      'exception.config': {
        class: 'RequestConfig',
        method: 'POST',
        url: expect.stringContaining('/api/v3/order?symbol=BTCUSDT'),
      },
      'exception.response': {
        class: 'Response',
        status: 401,
        data: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.', token: '[redacted]' },
      },
      'exception.request': { method: 'POST', url: expect.stringContaining(base) },
    });
  });

  test('of a connection that was refused', async () => {
    const error = await failure(axios.get(`http://127.0.0.1:1/x?${query}`, { headers }));
    for (const line of linesOf(error)) {
      expect(line).not.toContain(SECRET);
      expect(line).toContain('ECONNREFUSED');
    }
  });
});

test.each([
  ['got', () => failure(got(`${base}/x?${query}`, { headers, retry: { limit: 0 } })) as Promise<RequestError>],
  ['fetch', () => failure(fetch(`http://127.0.0.1:1/x?${query}`, { headers }))],
  ['undici', () => failure(undiciRequest(`http://127.0.0.1:1/x?${query}`, { headers }))],
])('an error of %s has no readable credential', async (_, request) => {
  const error = (await request()) as RequestError;
  const parts = { request: error.request, response: error.response, options: error.options };
  for (const value of [error, parts.request, parts.response]) {
    for (const line of linesOf(value)) {
      expect(line).not.toContain(SECRET);
      expect(line.length).toBeLessThan(6_000);
    }
  }
});

test('requests, responses, sockets, servers and agents of Node are a few words', async () => {
  const agent = new http.Agent({ keepAlive: true });
  const request = http.get(`${base}/ok?${query}`, { headers, agent });
  const response = await new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
  const things = { request, response, socket: request.socket, agent, server, incoming: lastRequest, outgoing: lastResponse };
  const logging = createTestLogging();
  logging.getLogger('a').info('m', things);
  const [{ attributes }] = logging.records();
  expect(attributes).toMatchObject({
    request: {
      class: 'ClientRequest',
      method: 'GET',
      url: expect.stringMatching(/^http:\/\/.*\/ok\?symbol=BTCUSDT&timestamp=1&signature=\[redacted\]/),
    },
    response: { class: 'IncomingMessage', status: 200, url: expect.stringContaining('/ok?symbol') },
    socket: { class: 'Socket' },
    agent: { class: 'Agent' },
    server: { class: 'Server' },
    incoming: { class: 'IncomingMessage', method: 'GET', url: expect.stringContaining('signature=[redacted]') },
    outgoing: { class: 'ServerResponse', status: 200 },
  });
  const line = jsonLine(logging.records()[0], 'run');
  expect(line).not.toContain(SECRET);
  expect(line.length).toBeLessThan(1_500);
  response.resume();
  agent.destroy();
});

test('requests, responses and dispatchers of the web platform and of undici', async () => {
  const dispatcher = new Agent();
  const answer = await fetch(`${base}/ok?${query}`, { headers });
  const { body, ...data } = await undiciRequest(`${base}/ok?${query}`, { headers, dispatcher });
  await body.dump();
  await answer.text();
  const logging = createTestLogging();
  logging.getLogger('a').info('m', { answer, request: new Request(`${base}/x?${query}`, { headers }), dispatcher, data });
  const [{ attributes }] = logging.records();
  expect(attributes).toMatchObject({
    answer: { class: 'Response', status: 200, statusText: 'OK', url: expect.stringContaining('/ok?symbol=BTCUSDT') },
    request: { class: 'Request', method: 'GET', url: expect.stringContaining('signature=[redacted]') },
    dispatcher: { class: 'Agent' },
    data: { statusCode: 200, headers: { 'set-cookie': '[redacted]' } },
  });
  expect(jsonLine(logging.records()[0], 'run')).not.toContain(SECRET);
  await dispatcher.close();
});

test('a WebSocket, its events and its frames', async () => {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => sockets.once('listening', resolve));
  const url = `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/ws?listenKey=${SECRET}`;
  sockets.on('connection', (socket) => {
    socket.send('{"e":"trade"}');
    socket.close(1008, 'listenKey expired');
  });
  const socket = new WebSocket(url);
  const events: Record<string, unknown> = { socket };
  socket.addEventListener('message', (event) => {
    events.message = event;
  });
  socket.on('message', (data) => {
    events.frame = data;
  });
  await new Promise<void>((resolve) => {
    socket.addEventListener('close', (event) => {
      events.close = event;
      resolve();
    });
  });
  const failed = new WebSocket('ws://127.0.0.1:1/');
  await new Promise<void>((resolve) => {
    failed.addEventListener('error', (event) => {
      events.error = event;
      resolve();
    });
  });
  const logging = createTestLogging();
  logging.getLogger('a').info('m', events as never);
  expect(logging.records()[0].attributes).toMatchObject({
    socket: { class: 'WebSocket', url: expect.stringContaining('listenKey=[redacted]') },
    message: { class: 'MessageEvent', type: 'message', data: '{"e":"trade"}' },
    frame: '{"e":"trade"}',
    close: { class: 'CloseEvent', type: 'close', code: 1008, reason: 'listenKey expired' },
    error: {
      class: 'ErrorEvent',
      type: 'error',
      message: expect.stringContaining('ECONNREFUSED'),
      error: { code: 'ECONNREFUSED' },
    },
  });
  expect(jsonLine(logging.records()[0], 'run')).not.toContain(SECRET);
  sockets.close();
});

test('a class of the user that is called like one of them keeps its properties', () => {
  class Request {
    readonly method = 'new';
    readonly url = 'u';
    readonly qty = 5;
  }
  class Agent {
    readonly strategy = 'mm';
    dispatch(): void {}
    send(): void {}
  }
  class Event {
    readonly type = 'fill';
    readonly price = 1;
  }
  const logging = createTestLogging();
  logging.getLogger('a').info('m', {
    request: new Request(),
    agent: new Agent(),
    event: new Event(),
    response: { status: 'ok', headers: 1, config: 2 },
  });
  expect(logging.records()[0].attributes).toMatchObject({
    request: { method: 'new', url: 'u', qty: 5 },
    agent: { strategy: 'mm' },
    event: { type: 'fill', price: 1 },
    response: { status: 'ok', headers: 1, config: 2 },
  });
});
