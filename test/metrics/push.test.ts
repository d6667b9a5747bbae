import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { PushGatewayBackend, type PushGatewayOptions } from '../../src/backends/push-gateway/push-gateway.ts';
import { PATIENCE } from '../support/patience.ts';
import { serverTls } from '../support/tls-files.ts';
import { type Counted, counted } from './support/counted.ts';

interface Received {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

const servers: Server[] = [];
const backends: Counted<PushGatewayBackend>[] = [];
afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that takes pushes and answers as it is told; `undefined` lets it be silent. */
async function gateway(
  answer: (request: IncomingMessage) => { status: number; body?: string; headers?: OutgoingHttpHeaders } | undefined = () => ({
    status: 202,
  }),
): Promise<{ url: string; received: Received[]; server: Server }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      received.push({ method: request.method!, path: request.url!, authorization: request.headers.authorization, body });
      const said = answer(request);
      if (said !== undefined) response.writeHead(said.status, said.headers).end(said.body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, server };
}

function backendOf(options: Partial<PushGatewayOptions> & { url: string }): Counted<PushGatewayBackend> {
  const backend = counted(PushGatewayBackend, {
    jobName: 'trader',
    page: async () => 'orders_total 1\n',
    intervalMillis: 1e6,
    ...options,
  });
  backends.push(backend);
  return backend;
}

describe('the push gateway backend', () => {
  test('replaces the group of its job and instance, each interval and at the end', async () => {
    const { url, received } = await gateway();
    let pushes = 0;
    const backend = backendOf({ url, instance: 'host-1:99', intervalMillis: 20, page: async () => `pushes ${++pushes}\n` });
    await backend.start();
    await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(2), PATIENCE);
    await backend.close();
    const last = received[received.length - 1]!;
    expect(received.every(({ method, path }) => method === 'PUT' && path === '/metrics/job/trader/instance/host-1%3A99')).toBe(
      true,
    );
    expect(last.body).toBe(`pushes ${pushes}\n`);
    expect(backend.state()).toEqual({ state: 'ok', delivered: received.length, failed: 0 });
  });

  test('names that a path cannot hold are sent in base64; a base path is kept', async () => {
    const { url, received } = await gateway();
    await backendOf({ url: `${url}/push/`, jobName: 'a/b', instance: '' }).flush();
    expect(received[0]!.path).toBe('/push/metrics/job@base64/YS9i/instance@base64/=');
  });

  test('job and instance names that an address parser takes for steps arrive as they are', async () => {
    const { url, received } = await gateway();
    for (const name of ['..', '.', '...', '%2e%2e']) await backendOf({ url, jobName: name, instance: name }).flush();
    expect(received.map(({ path }) => path)).toEqual([
      '/metrics/job@base64/Li4/instance@base64/Li4',
      '/metrics/job@base64/Lg/instance@base64/Lg',
      '/metrics/job/.../instance/...',
      '/metrics/job/%252e%252e/instance/%252e%252e',
    ]);
  });

  test('credentials of the URL become basic authentication and are in no message', async () => {
    const { url, received } = await gateway(() => ({ status: 401, body: 'Unauthorized' }));
    const backend = backendOf({ url: url.replace('http://', 'http://us%40er:pa%3Ass@') });
    await backend.flush();
    expect(received[0]!.authorization).toBe(`Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`);
    const { state, lastError } = backend.state();
    expect(state).toBe('failed');
    expect(lastError).toContain('HTTP 401');
    expect(lastError).toContain('Give user and password in front of the host');
    expect(lastError).not.toContain('pa:ss');
  });

  test.each(['50%', '%zz', 'a%b%40c'])('a password that is no percent-encoding (%s) is sent as it is', async (password) => {
    const { url, received } = await gateway();
    const backend = backendOf({ url: url.replace('http://', `http://desk:${password}@`) });
    expect(await backend.flush()).toBe(true);
    expect(received[0]!.authorization).toBe(`Basic ${Buffer.from(`desk:${password}`).toString('base64')}`);
  });

  test('a gateway that says when to come back is left alone until then, whatever the interval', async () => {
    const { url, received } = await gateway(() => ({ status: 503, headers: { 'retry-after': '3600' } }));
    const backend = backendOf({ url, intervalMillis: 10 });
    await backend.flush();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(received).toHaveLength(1);
  });

  test('deletes its group at the end when asked to', async () => {
    const { url, received } = await gateway();
    const backend = backendOf({ url, deleteOnShutdown: true });
    await backend.flush();
    await backend.close();
    expect(received.map(({ method }) => method)).toEqual(['PUT', 'DELETE']);
  });

  test('a gateway that is down, slow or unwell is tried again, and the state says so', async () => {
    let status = 503;
    const { url, received } = await gateway(() => ({ status }));
    const backend = backendOf({ url });
    await backend.flush();
    expect(backend.state()).toMatchObject({
      state: 'degraded',
      delivered: 0,
      failed: 1,
      lastError: expect.stringContaining('HTTP 503'),
    });
    // The pause after a failure is a second, give or take a fifth.
    status = 200;
    await vi.waitFor(() => expect(backend.state().state).toBe('ok'), PATIENCE);
    expect(received.length).toBe(2);

    const silent = await gateway(() => undefined);
    const slow = backendOf({ url: silent.url, timeoutMillis: 50 });
    await slow.flush();
    expect(slow.state()).toMatchObject({ state: 'degraded', failed: 1 });

    const gone = await gateway();
    await new Promise((resolve) => gone.server.close(resolve));
    const down = backendOf({ url: gone.url });
    await down.flush();
    expect(down.state()).toMatchObject({
      state: 'degraded',
      lastError: expect.stringMatching(/ECONNREFUSED.*Start the gateway/),
    });
    // None of them holds up the end.
    await Promise.all([slow.close(), down.close()]);
  });

  test('what the gateway refuses for good is told in its own words', async () => {
    const { url } = await gateway(() => ({ status: 400, body: 'pushed metrics are invalid\nor inconsistent' }));
    const backend = backendOf({ url });
    await backend.flush();
    expect(backend.state()).toMatchObject({
      state: 'failed',
      lastError: expect.stringContaining('pushed metrics are invalid or inconsistent'),
    });
  });

  test('control characters of its answer reach no terminal', async () => {
    const { url } = await gateway(() => ({ status: 400, body: 'bad\u001b[2J \u0007\u009b1Alabel\u202e' }));
    const backend = backendOf({ url });
    await backend.flush();
    const { lastError } = backend.state();
    expect(lastError).toContain('HTTP 400. bad [2J 1Alabel');
    expect(lastError).not.toMatch(/\p{C}/u);
  });

  test.each([200, 500])('an answer %i that does not end takes no memory, and holds nothing up', async (status) => {
    let sent = 0;
    const server = createServer((request, response) => {
      const chunk = Buffer.alloc(65_536, 'a');
      const send = () => {
        for (let hasRoom = true; hasRoom && sent < 200e6; sent += chunk.length) hasRoom = response.write(chunk);
      };
      request.resume();
      response.writeHead(status).on('drain', send);
      send();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const backend = backendOf({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMillis: 20_000 });
    expect(await backend.flush()).toBe(status === 200);
    // What was under way fits into the buffers of the two ends.
    expect(sent).toBeLessThan(50e6);
  });

  test.each([
    [{ status: 413 }, "raise the proxy's limit"],
    [
      { status: 308, headers: { location: 'https://push.example/metrics/job/a' } },
      'set backends.prometheus.pushGatewayUrl to the address it names, without /metrics/job/… at its end. (https://push.example/metrics/job/a)',
    ],
  ])('what a proxy answers is told with what to do: %j', async (answer, remedy) => {
    const { url } = await gateway(() => answer);
    const backend = backendOf({ url });
    await backend.flush();
    expect(backend.state()).toMatchObject({ state: 'failed', lastError: expect.stringContaining(remedy) });
  });

  test('a certificate that Node does not trust is told with what makes it do so', async () => {
    const server = https.createServer(await serverTls());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const backend = backendOf({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await backend.flush();
    expect(backend.state()).toMatchObject({ state: 'degraded', lastError: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });

  test('a page that cannot be made is a failure, not an error', async () => {
    const { url } = await gateway();
    const backend = backendOf({ url, page: () => Promise.reject(new Error('no page')) });
    await backend.flush();
    expect(backend.state()).toMatchObject({ state: 'degraded', lastError: 'no page' });
  });
});
