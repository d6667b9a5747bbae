/**
 * What clients may do to the endpoint over raw sockets: say nothing, say it slowly, ask for everything at once and take none of it.
 */
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ScrapeServer, type ScrapeServerOptions } from '../../src/backends/prometheus/server.ts';
import { PATIENCE } from '../support/patience.ts';

interface Serving {
  readonly port: number;
  /** Pages made. */
  readonly made: () => number;
  /** Answers sent. */
  readonly served: () => number;
}

async function serve(body: string, options: Partial<ScrapeServerOptions> = {}): Promise<Serving> {
  let [made, served] = [0, 0];
  const server = new ScrapeServer({
    host: '127.0.0.1',
    port: 0,
    endpoint: '/metrics',
    collect: async () => {
      made++;
      return () => ({ contentType: 'text/plain; version=0.0.4', body: `${body}pages ${made}\n` });
    },
    onServed: () => served++,
    ...options,
  });
  await server.listen();
  onTestFinished(() => server.close());
  return { port: server.port, made: () => made, served: () => served };
}

function connect(port: number): { socket: Socket; received: () => string; closed: () => boolean } {
  const socket = createConnection(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let [received, isClosed] = ['', false];
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  return { socket, received: () => received, closed: () => isClosed };
}

const GET = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';

test('a request that does not come to its end in time is answered 408 and cut off, as is a connection that says nothing', async () => {
  const { port } = await serve('', { requestTimeoutMillis: 1_000 });
  const silent = connect(port);
  const unfinished = connect(port);
  unfinished.socket.write('GET /metrics HTTP/1.1\r\nHost: slow\r\nX-Unfinished: ');
  await vi.waitFor(() => expect([silent.closed(), unfinished.closed()]).toEqual([true, true]), PATIENCE);
  expect(unfinished.received()).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
});

test('a request that comes letter by letter is served', async () => {
  const { port } = await serve('');
  const { socket, received } = connect(port);
  for (const letter of GET) {
    socket.write(letter);
    await sleep(1);
  }
  await vi.waitFor(() => expect(received()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*pages 1\n$/), PATIENCE);
});

test('thousands of requests on one connection, whose answers nobody takes, cost one page and hold up nobody', async () => {
  const page = 'x 1\n'.repeat(250_000);
  const { port, made, served } = await serve(page);
  const before = process.memoryUsage().arrayBuffers;
  const greedy = connect(port);
  greedy.socket.pause();
  const requests = 3_000;
  greedy.socket.write(GET.repeat(requests));
  await vi.waitFor(() => expect(served()).toBeGreaterThan(100), PATIENCE);
  // A page of a megabyte for each would be gigabytes.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
  expect(made()).toBeLessThan(served() / 10);
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(await answer.text()).toBe(`${page}pages ${made()}\n`);
});

test('a client that stops taking its answer is cut off, and its place is another’s', async () => {
  const { port } = await serve('x 1\n'.repeat(2_500_000), { socketTimeoutMillis: 300, maxConnections: 1 });
  const greedy = connect(port);
  greedy.socket.once('data', () => greedy.socket.pause());
  greedy.socket.write(GET);
  await vi.waitFor(() => expect(greedy.received()).toMatch(/^HTTP\/1\.1 200/), PATIENCE);
  await vi.waitFor(async () => {
    const next = connect(port);
    next.socket.write('HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await vi.waitFor(() => expect(next.closed()).toBe(true), PATIENCE);
    expect(next.received()).toMatch(/^HTTP\/1\.1 200/);
  }, PATIENCE);
});

test('requests that no parser takes are told why', async () => {
  const { port } = await serve('');
  const answerTo = async (bytes: string) => {
    const { socket, received } = connect(port);
    socket.write(bytes);
    await vi.waitFor(() => expect(received()).toContain('\r\n\r\n'), PATIENCE);
    return received().split('\r\n')[0];
  };
  expect(await answerTo('NONSENSE\r\n\r\n')).toBe('HTTP/1.1 400 Bad Request');
  expect(await answerTo(`GET /metrics HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toBe(
    'HTTP/1.1 431 Request Header Fields Too Large',
  );
  expect(await answerTo('DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('HTTP/1.1 405 Method Not Allowed');
  expect(await answerTo('GET /else HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('HTTP/1.1 404 Not Found');
});
