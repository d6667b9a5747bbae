/** The sender against servers that do anything at all. */
import net, { type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { OtlpHttpSink } from '../../src/backends/otlp/http-sink.ts';
import { DeliveryEngine } from '../../src/delivery/engine.ts';
import { Outbox, outboxBytes } from '../../src/delivery/outbox.ts';
import { senderOfSink } from '../../src/delivery/sender.ts';
import { BackendCounters, countersBytes } from '../../src/health/counters.ts';
import { closeAfterTest } from '../support/closing.ts';
import { infos } from '../support/counters.ts';
import { largeRequest, numberedRequest } from '../support/otlp-request.ts';
import { type Answer, startOtlpServer } from '../support/otlp-server.ts';

test('whatever bytes come back, in whatever pieces, a write settles in time and nothing escapes', async () => {
  const escaped: unknown[] = [];
  const onEscape = (error: unknown) => escaped.push(error);
  process.on('uncaughtException', onEscape).on('unhandledRejection', onEscape);
  onTestFinished(() => void process.off('uncaughtException', onEscape).off('unhandledRejection', onEscape));

  let script: readonly (string | Uint8Array | null)[] = [];
  const server = net.createServer((socket) => {
    const sending = script;
    socket.on('error', () => {});
    socket.resume();
    socket.once('data', async () => {
      for (const piece of sending) {
        if (piece === null) {
          socket.destroy();
          return;
        }
        socket.write(piece);
        await new Promise(setImmediate);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfterTest(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
  const piece = fc.oneof(
    fc.constantFrom(
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 503 Busy\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\n',
      'HTTP/1.0 301 Moved\r\n',
      'content-length: 5\r\n',
      'content-length: -1\r\n',
      'content-length: 5\r\ncontent-length: 7\r\n',
      'transfer-encoding: chunked\r\n',
      'retry-after: 0\r\n',
      'content-type: application/x-protobuf\r\n',
      'connection: close\r\n',
      'upgrade: websocket\r\nconnection: upgrade\r\n',
      '\r\n',
      'hello',
      '5\r\nhello\r\n',
      '0\r\n\r\n',
      'ffffffffffff\r\n',
      `x: ${'y'.repeat(20_000)}\r\n`,
    ),
    fc.uint8Array({ maxLength: 40 }),
    fc.constant(null),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.boolean(), fc.boolean(), async (pieces, gzip, large) => {
      script = pieces;
      const sink = new OtlpHttpSink({ url, timeoutMillis: 100, compression: gzip ? 'gzip' : 'none' });
      const startedAt = performance.now();
      const outcomes = [
        await sink.write(large ? largeRequest(3_000_000) : numberedRequest(1)),
        await sink.write(numberedRequest(1)),
      ];
      await sink.close();
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      for (const { status } of outcomes) expect(['success', 'partial', 'retryable', 'failure']).toContain(status);
      expect(escaped).toEqual([]);
    }),
    { numRuns: 120 },
  );
});

test('through an outbox and a engine, against a server that misbehaves and is killed now and then: every record is received or counted', async () => {
  const server = closeAfterTest(await startOtlpServer());
  const memory = new SharedArrayBuffer(outboxBytes(4_000_000, 32_768));
  const outbox = new Outbox(memory, 32_768);
  const counters = new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0);
  const sink = new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 150 });
  const engine = new DeliveryEngine({
    queue: outbox,
    sender: senderOfSink(sink),
    counters,
    concurrency: 4,
    initialPauseMillis: 5,
    maxPauseMillis: 20,
  });
  const bad: Answer[] = [
    { kind: 'status', status: 503, retryAfter: '0' },
    { kind: 'status', status: 429 },
    { kind: 'status', status: 400 },
    { kind: 'status', status: 413, early: true },
    { kind: 'partial', rejected: 3, message: 'no' },
    { kind: 'reset' },
    { kind: 'reset', early: true },
    { kind: 'half' },
    { kind: 'other-protocol' },
    { kind: 'silence' },
    { kind: 'garbage' },
    { kind: 'trickle', everyMillis: 10, status: 502 },
    { kind: 'not-http' },
    { kind: 'ok', delayMillis: 40 },
  ];
  let state = 12_345;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1;
    return state % below;
  };
  let produced = 0;
  for (let round = 0; round < 120; round++) {
    const { bytes, records } = numberedRequest(20, produced);
    if (!outbox.claim()) throw new Error('the outbox is too small for this test');
    outbox.output.bytes.set(bytes, outbox.output.position);
    outbox.output.position += bytes.length;
    outbox.commit({ tally: infos(records) });
    outbox.seal();
    produced += records;
    if (random(2) === 0) server.answer(bad[random(bad.length)]);
    engine.kick();
    if (round === 40 || round === 80) {
      await server.stop();
      setTimeout(() => void server.restart(), 60);
    }
    await new Promise((resolve) => setTimeout(resolve, random(12)));
  }
  expect(await engine.close(15_000)).toBe(true);
  const received = new Set(server.received.map(({ attributes }) => Number(attributes.i)));
  const { counts, dropped } = counters.read();
  expect(counts.delivered + dropped.rejected).toBe(produced);
  expect(server.undecodable).toEqual([]);
  // What a killed server had taken without saying so is sent again, and may be refused then: received, and counted as refused.
  expect(received.size).toBeGreaterThanOrEqual(counts.delivered);
  expect(produced - received.size).toBeLessThanOrEqual(dropped.rejected);
  expect(dropped.rejected).toBeGreaterThan(0);
  expect(counts.retries).toBeGreaterThan(0);
});
