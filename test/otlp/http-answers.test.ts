/** Every way in which a server may answer, or not, and what becomes of the records. */
import dns from 'node:dns';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { OtlpHttpSink } from '../../src/backends/otlp/http-sink.ts';
import { closeAfterTest } from '../support/closing.ts';
import { largeRequest, numberedRequest } from '../support/otlp-request.ts';
import { type Answer, startOtlpServer } from '../support/otlp-server.ts';

async function open(timeoutMillis = 5_000) {
  const server = closeAfterTest(await startOtlpServer());
  const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis }));
  return { server, sink };
}

/** One write against one answer; then the server behaves, and the next write must succeed on whatever connection is left. */
async function writeAgainst(answer: Answer, timeoutMillis?: number) {
  const { server, sink } = await open(timeoutMillis);
  server.answer(answer);
  const startedAt = performance.now();
  const outcome = await sink.write(numberedRequest(10));
  const elapsedMillis = performance.now() - startedAt;
  expect(server.requests).toHaveLength(1);
  expect(await sink.write(numberedRequest(1))).toEqual({ status: 'success' });
  return { outcome, elapsedMillis, server };
}

test('partial success: what was refused is counted, with the reason the server gave', async () => {
  const { outcome, server } = await writeAgainst({ kind: 'partial', rejected: 3, message: 'too old' });
  expect(outcome).toEqual({ status: 'partial', rejected: 3, message: 'The server says: too old' });
  expect(server.received).toHaveLength(7 + 1);
});

test('partial success that refuses nothing is a warning', async () => {
  const { outcome } = await writeAgainst({ kind: 'partial', rejected: 0, message: 'deprecated field' });
  expect(outcome).toEqual({ status: 'partial', rejected: 0, message: 'The server says: deprecated field' });
});

test('more refused than was sent counts as all of it', async () => {
  const { outcome } = await writeAgainst({ kind: 'partial', rejected: 1e15 });
  expect(outcome).toMatchObject({ status: 'partial', rejected: 10 });
});

test.each(['application/x-protobuf', 'application/json', 'text/plain'])(
  'a 200 whose %s body is nonsense is a 200',
  async (contentType) => {
    const { outcome } = await writeAgainst({ kind: 'garbage', contentType });
    expect(outcome).toEqual({ status: 'success' });
  },
);

test.each([400, 401, 403, 404, 405, 415, 500, 501, 505])('%i is final, with what the server says', async (status) => {
  const { outcome } = await writeAgainst({
    kind: 'status',
    status,
    message:
      'an explanation that is longer than one hundred and twenty-seven bytes, so that its length takes two bytes on the wire, which is where mistakes hide',
  });
  expect(outcome.status).toBe('failure');
  expect('message' in outcome && outcome.message).toMatch(
    new RegExp(`^HTTP ${status}\\. The server says: an explanation .* mistakes hide\\.`),
  );
});

test.each(['length', 'chunked'] as const)(
  'a 200 whose answer is cut off (%s) is no success: the records are sent again',
  async (framing) => {
    const { outcome, server } = await writeAgainst({ kind: 'cut', framing });
    expect(outcome).toMatchObject({ status: 'retryable', message: expect.stringContaining('cut off') });
    expect(server.received).toHaveLength(1);
  },
);

test('a 200 whose answer does not come to its end in time is no success', async () => {
  const { outcome } = await writeAgainst({ kind: 'trickle', everyMillis: 20 }, 300);
  expect(outcome).toMatchObject({ status: 'retryable', message: expect.stringContaining('No answer within 300 ms') });
});

test.each([
  { contentType: 'text/html; charset=utf-8' },
  { contentType: 'application/xml' },
  { contentType: 'application/soap+xml' },
  { contentType: 'text/plain', body: '\ufeff\n <!doctype html><p>Sign in' },
  { contentType: 'application/json', body: '<html>' },
])('a 200 with a web page is no OTLP endpoint, and is told as that: %j', async (page) => {
  const { outcome } = await writeAgainst({ kind: 'garbage', ...page });
  expect(outcome).toMatchObject({ status: 'retryable', message: expect.stringContaining('no OTLP endpoint') });
});

test.each([
  { contentType: 'text/plain', body: 'OK' },
  { contentType: 'application/json', body: '{}' },
  { contentType: 'application/json', body: '' },
  // The first byte of a protobuf answer and the length of what follows may look like a line and a bracket.
  { contentType: 'application/x-protobuf', body: '\n<' },
])('a 200 with anything else is a 200: %j', async (answer) => {
  const { outcome } = await writeAgainst({ kind: 'garbage', ...answer });
  expect(outcome).toEqual({ status: 'success' });
});

test('what is too large for the server is sent in halves, down to one record, in order and each once', async () => {
  const { server, sink } = await open();
  server.answerAlways({ kind: 'limit', records: 3 });
  expect(await sink.write(numberedRequest(100))).toEqual({ status: 'success' });
  expect(server.received.map(({ attributes }) => Number(attributes.i))).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('a batch that was taken in part goes on where it was, whatever comes between', async () => {
  const { server, sink } = await open();
  server.answer({ kind: 'limit', records: 25 }, 3); // 100 and 50 are too large; the first 25 are taken
  server.answer({ kind: 'status', status: 503 });
  const batch = numberedRequest(100);
  expect(await sink.write(batch)).toMatchObject({ status: 'retryable', taken: 25 });
  server.answerAlways({ kind: 'limit', records: 60 });
  expect(await sink.write(batch)).toEqual({ status: 'success' });
  expect(server.received.map(({ attributes }) => Number(attributes.i))).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('a single record that is too large is rejected alone, kept, and says what to do', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const broken: number[] = [];
  const onBroken = (_bytes: Uint8Array, records: number) => broken.push(records);
  const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 5_000, onBroken }));
  server.answer({ kind: 'limit', records: 0 }, 2); // both records, then the first
  expect(await sink.write(numberedRequest(2))).toMatchObject({
    status: 'partial',
    rejected: 1,
    message: expect.stringContaining("raise the server's limit"),
  });
  expect(server.received.map(({ attributes }) => Number(attributes.i))).toEqual([1]);
  expect(broken).toEqual([1]);
});

test.each([301, 307, 401, 403, 404, 405, 415, 500, 501])(
  '%i is tried again for records that must not be given up',
  async (status) => {
    const server = closeAfterTest(await startOtlpServer());
    const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 5_000, isPersistent: true }));
    server.answer({ kind: 'status', status });
    expect(await sink.write(numberedRequest(1))).toMatchObject({
      status: 'retryable',
      message: expect.stringContaining(`HTTP ${status}`),
    });
  },
);

test('what is refused for another reason than being broken is kept nowhere', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const broken: number[] = [];
  const onBroken = (_bytes: Uint8Array, records: number) => broken.push(records);
  const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 5_000, onBroken }));
  for (const status of [401, 404, 500]) {
    server.answer({ kind: 'status', status });
    expect((await sink.write(numberedRequest(1))).status).toBe('failure');
  }
  expect(broken).toEqual([]);
});

test('400 is final also for records that must not be given up: the request is kept', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const broken: Uint8Array[] = [];
  const onBroken = (bytes: Uint8Array) => broken.push(bytes);
  const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 5_000, isPersistent: true, onBroken }));
  server.answer({ kind: 'status', status: 400 });
  const batch = numberedRequest(3);
  expect(await sink.write(batch)).toMatchObject({ status: 'failure', httpStatus: 400 });
  expect(broken.map((bytes) => Buffer.from(bytes).equals(batch.bytes))).toEqual([true]);
});

test.each([301, 302, 303, 307, 308])('%i is not followed, and the address it names is shown', async (status) => {
  const { server, sink } = await open();
  const elsewhere = closeAfterTest(await startOtlpServer());
  server.answer({ kind: 'status', status, location: elsewhere.logsUrl });
  const outcome = await sink.write(numberedRequest(1));
  expect(outcome).toEqual({
    status: 'failure',
    httpStatus: status,
    message: `HTTP ${status}. The server says: told to. Redirects are not followed: if ${elsewhere.logsUrl} takes OTLP, set logsEndpoint or metricsEndpoint to it, or endpoint to what stands before /v1/logs.`,
  });
  expect(elsewhere.requests).toHaveLength(0);
});

test.each([
  ['https://portal.example/login', 'if https://portal.example/login takes OTLP, set logsEndpoint or metricsEndpoint to it.'],
  [undefined, 'correct the endpoint.'],
])('of a redirect to %s no base address is named', async (location, remedy) => {
  const { outcome } = await writeAgainst({ kind: 'status', status: 302, ...(location !== undefined && { location }) });
  expect(outcome).toMatchObject({ message: expect.stringContaining(`Redirects are not followed: ${remedy}`) });
});

test.each([429, 502, 503, 504])('%i is retryable after what Retry-After says', async (status) => {
  const { outcome } = await writeAgainst({ kind: 'status', status, retryAfter: '7', message: 'busy' });
  expect(outcome).toEqual({ status: 'retryable', afterMillis: 7_000, message: `HTTP ${status}. The server says: busy.` });
});

test.each([undefined, '0', 'soon', '-5', '', 'Wed, 21 Oct 2015 07:28:00 GMT'])(
  'Retry-After: %s leaves the pause to the sender',
  async (retryAfter) => {
    const { outcome } = await writeAgainst({ kind: 'status', status: 503, ...(retryAfter !== undefined && { retryAfter }) });
    expect(outcome.status).toBe('retryable');
    expect(outcome).not.toHaveProperty('afterMillis');
  },
);

test('a Retry-After of 0, however often, brings about one request for each write and no error that nobody hears', async () => {
  const { server, sink } = await open();
  server.answerAlways({ kind: 'status', status: 429, retryAfter: '0' });
  for (let i = 0; i < 100; i++) expect((await sink.write(numberedRequest(1))).status).toBe('retryable');
  expect(server.requests).toHaveLength(100);
});

test('Retry-After may be a date, or seconds, and is told as it was said', async () => {
  const soon = await writeAgainst({ kind: 'status', status: 503, retryAfter: new Date(Date.now() + 20_000).toUTCString() });
  expect((soon.outcome as { afterMillis: number }).afterMillis).toBeGreaterThan(15_000);
  expect((soon.outcome as { afterMillis: number }).afterMillis).toBeLessThanOrEqual(20_000);
  const late = await writeAgainst({ kind: 'status', status: 503, retryAfter: '1000000000' });
  expect(late.outcome).toMatchObject({ afterMillis: 1e12 });
});

test('the transport does not retry by itself: a refusal is told at once', async () => {
  const { elapsedMillis, server } = await writeAgainst({ kind: 'status', status: 503 }, 10_000);
  expect(elapsedMillis).toBeLessThan(5_000);
  expect(server.requests).toHaveLength(2);
});

test('nobody listens: retryable, with a remedy', async () => {
  const { server, sink } = await open();
  await server.stop();
  expect(await sink.write(numberedRequest(1))).toMatchObject({
    status: 'retryable',
    message: expect.stringContaining('start the collector'),
  });
  await server.restart();
  expect(await sink.write(numberedRequest(1))).toEqual({ status: 'success' });
});

test('nobody listens at any of a host’s addresses, as those of localhost: each is named', async () => {
  const { server } = await open();
  await server.stop();
  const addresses = [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
  // Which addresses `localhost` has is up to the machine.
  const lookup = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(((_name: string, _options: object, done: (...found: unknown[]) => void) =>
      process.nextTick(done, null, addresses)) as never);
  onTestFinished(() => lookup.mockRestore());
  const sink = closeAfterTest(new OtlpHttpSink({ url: `http://both.test:${server.port}/v1/logs`, timeoutMillis: 2_000 }));
  expect(await sink.write(numberedRequest(1))).toMatchObject({
    status: 'retryable',
    message: expect.stringMatching(new RegExp(`^connect .*127\\.0\\.0\\.1:${server.port}.*start the collector`)),
  });
});

test('an unknown host: retryable, with a remedy', async () => {
  const sink = closeAfterTest(new OtlpHttpSink({ url: 'http://no-such-host.invalid:4318/v1/logs', timeoutMillis: 2_000 }));
  expect((await sink.write(numberedRequest(1))).status).toBe('retryable');
});

test.each<Answer>([{ kind: 'reset' }, { kind: 'reset', early: true }, { kind: 'half' }, { kind: 'other-protocol' }])(
  'a connection that breaks ($kind): retryable',
  async (answer) => {
    const { outcome } = await writeAgainst(answer);
    expect(outcome.status).toBe('retryable');
  },
);

test('a server that died while its connection was idle is found at the next write', async () => {
  const { server, sink } = await open();
  await sink.write(numberedRequest(1));
  await server.stop();
  await server.restart();
  const first = await sink.write(numberedRequest(1));
  if (first.status !== 'success') expect(await sink.write(numberedRequest(1))).toEqual({ status: 'success' });
});

test('something that is not HTTP: retryable, and asks about the port', async () => {
  const { outcome } = await writeAgainst({ kind: 'not-http' });
  expect(outcome).toMatchObject({ status: 'retryable', message: expect.stringContaining('4317 is gRPC') });
});

test('never answering: given up after timeoutMillis', async () => {
  const { outcome, elapsedMillis } = await writeAgainst({ kind: 'silence' }, 300);
  expect(outcome).toMatchObject({ status: 'retryable', message: expect.stringContaining('No answer within 300 ms') });
  expect(elapsedMillis).toBeLessThan(5_000);
});

test('an error body that trickles does not hold the request beyond timeoutMillis', async () => {
  const { outcome, elapsedMillis } = await writeAgainst({ kind: 'trickle', everyMillis: 20, status: 503 }, 300);
  expect(outcome.status).toBe('retryable');
  expect(elapsedMillis).toBeLessThan(5_000);
});

test.each([
  [400, 'failure'],
  [503, 'retryable'],
  [200, 'success'],
])('a %i with 10 MB of body is a %i: little of it is kept', async (status, expected) => {
  const { outcome } = await writeAgainst({ kind: 'flood', status, bytes: 10_000_000 });
  expect(outcome.status).toBe(expected);
  expect(JSON.stringify(outcome).length).toBeLessThan(1_000);
});

test('a gzip bomb is not unpacked', async () => {
  const { outcome } = await writeAgainst({ kind: 'gzip-bomb', bytes: 200_000_000 });
  expect(outcome).toEqual({ status: 'success' });
});

test('an answer that comes before the body is sent: its connection is cut, and a byte changed afterwards is never sent', async () => {
  // Answers at the head, keeps the connection, and goes on reading only when told to.
  let wire = Buffer.alloc(0);
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', (chunk) => {
      wire = Buffer.from(chunk);
      socket.pause();
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfterTest(server);
  const sink = closeAfterTest(
    new OtlpHttpSink({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`, timeoutMillis: 10_000 }),
  );
  const batch = largeRequest(32_000_000);
  expect(await sink.write(batch)).toEqual({ status: 'success' });
  batch.bytes.fill(0x7a); // 'z': the next records of this slot
  const [socket] = sockets;
  socket.on('data', (chunk) => {
    wire = Buffer.concat([wire, chunk]);
  });
  socket.resume();
  await new Promise((resolve) => socket.on('close', resolve));
  expect(wire.length).toBeLessThan(batch.bytes.length);
  expect(wire.includes('zzzz')).toBe(false);
});

test('a request given up in its middle sends nothing afterwards', async () => {
  let wire = Buffer.alloc(0);
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket.pause());
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfterTest(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
  for (const compression of ['none', 'gzip'] as const) {
    const sink = closeAfterTest(new OtlpHttpSink({ url, compression, timeoutMillis: 300 }));
    const batch = largeRequest(32_000_000);
    if (compression === 'gzip')
      crypto.getRandomValues(new Uint8Array(65_536)).forEach((byte, i) => {
        for (let at = i; at < batch.bytes.length; at += 65_536) Atomics.store(batch.bytes, at, byte ^ (at >>> 16));
      });
    expect((await sink.write(batch)).status).toBe('retryable');
    batch.bytes.fill(0x7a);
    const socket = sockets.pop()!;
    wire = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      wire = Buffer.concat([wire, chunk]);
    });
    socket.resume();
    await Promise.race([new Promise((resolve) => socket.on('close', resolve)), sleep(2_000)]);
    expect(socket.destroyed).toBe(true);
    if (compression === 'none') expect(wire.includes('zzzz')).toBe(false);
  }
});
