import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OtlpHttpSink, type OtlpHttpSinkOptions } from '../../src/backends/otlp/http-sink.ts';
import { closeAfterTest } from '../support/closing.ts';
import { numberedRequest } from '../support/otlp-request.ts';
import { type OtlpServerOptions, startOtlpServer } from '../support/otlp-server.ts';
import { mutualTls, pem, serverTls } from '../support/tls-files.ts';

async function open(options: Partial<OtlpHttpSinkOptions> = {}, serverOptions: OtlpServerOptions = {}) {
  const server = closeAfterTest(await startOtlpServer(serverOptions));
  const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 10_000, ...options }));
  return { server, sink };
}

test('a request that stands in shared memory arrives whole', async () => {
  const { server, sink } = await open();
  expect(await sink.write(numberedRequest(1_000))).toEqual({ status: 'success' });
  expect(server.received.map(({ attributes }) => attributes.i)).toEqual(Array.from({ length: 1_000 }, (_, i) => BigInt(i)));
  expect(server.received[0]).toMatchObject({ severityText: 'INFO', body: 'order placed', resource: { 'service.name': 'test' } });
});

test('headers of the user go out, ours cannot be replaced, and the body is not chunked', async () => {
  const { server, sink } = await open({
    headers: { authorization: 'Bearer t', 'content-type': 'text/plain' },
    userAgent: 'gateway/7',
  });
  const batch = numberedRequest(3);
  await sink.write(batch);
  expect(server.requests[0].path).toBe('/v1/logs');
  expect(server.requests[0].headers).toMatchObject({
    authorization: 'Bearer t',
    'content-type': 'application/x-protobuf',
    'content-length': String(batch.bytes.length),
  });
  expect(server.requests[0].headers['user-agent']).toMatch(/^gateway\/7 OTel-OTLP-Exporter-JavaScript\//);
});

test('gzip: fewer bytes on the wire, the same records', async () => {
  const { server, sink } = await open({ compression: 'gzip' });
  const batch = numberedRequest(500);
  expect(await sink.write(batch)).toEqual({ status: 'success' });
  expect(server.received).toHaveLength(500);
  expect(server.requests[0].headers['content-encoding']).toBe('gzip');
  expect(server.requests[0].bytes).toBeLessThan(batch.bytes.length / 4);
});

test('writes that overlap go out side by side, over connections that are kept', async () => {
  const { server, sink } = await open();
  server.answerAlways({ kind: 'ok', delayMillis: 30 });
  for (let round = 0; round < 5; round++) {
    const outcomes = await Promise.all([0, 1, 2, 3].map((i) => sink.write(numberedRequest(10, (round * 4 + i) * 10))));
    expect(outcomes.every(({ status }) => status === 'success')).toBe(true);
  }
  expect(server.connections).toBe(4);
  expect(new Set(server.received.map(({ attributes }) => attributes.i)).size).toBe(200);
});

test('close gives the connections back', async () => {
  const { server, sink } = await open();
  await Promise.all([sink.write(numberedRequest(1)), sink.write(numberedRequest(1))]);
  expect(server.openConnections).toBe(2);
  await sink.close();
  await expect.poll(() => server.openConnections).toBe(0);
  expect((await sink.write(numberedRequest(1))).status).toBe('retryable');
});

test('close cuts off a request that is never answered, and its write settles', async () => {
  const { server, sink } = await open();
  server.answerAlways({ kind: 'silence' });
  const write = sink.write(numberedRequest(1));
  await expect.poll(() => server.requests.length).toBe(1);
  await sink.close();
  expect((await write).status).toBe('retryable');
});

test('https: a server is trusted by the given certificate, and only by it', async () => {
  const tls = await serverTls();
  const { server, sink } = await open({ certificate: pem('ca') }, { tls });
  expect(await sink.write(numberedRequest(2))).toEqual({ status: 'success' });
  expect(server.received).toHaveLength(2);
  const stranger = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 10_000 }));
  const refused = await stranger.write(numberedRequest(1));
  expect(refused).toMatchObject({ status: 'retryable', message: expect.stringContaining('backends.otlp.certificate') });
});

test('https: a server that asks for a client certificate gets it', async () => {
  const tls = await mutualTls();
  const client = { certificate: pem('ca'), clientCertificate: pem('client'), clientKey: pem('client-key') };
  const { server, sink } = await open(client, { tls });
  expect(await sink.write(numberedRequest(2))).toEqual({ status: 'success' });
  const nobody = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 10_000, certificate: pem('ca') }));
  expect((await nobody.write(numberedRequest(1))).status).toBe('retryable');
});

test('a missing certificate file is named with its setting, and found once it is there', async () => {
  const tls = await serverTls();
  const directory = await mkdtemp(join(tmpdir(), 'hft-otel-tls-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const certificate = join(directory, 'ca.pem');
  const { sink } = await open({ certificate }, { tls });
  const missing = await sink.write(numberedRequest(1));
  expect(missing).toMatchObject({ status: 'retryable', message: expect.stringContaining('backends.otlp.certificate: ENOENT') });
  await writeFile(certificate, await readFile(pem('ca')));
  expect(await sink.write(numberedRequest(1))).toEqual({ status: 'success' });
});

test('reopen reads certificates anew and lets requests under way come to their end', async () => {
  const tls = await serverTls();
  const { server, sink } = await open({ certificate: pem('ca') }, { tls });
  await sink.write(numberedRequest(1));
  server.answer({ kind: 'ok', delayMillis: 100 });
  const underWay = sink.write(numberedRequest(1));
  await expect.poll(() => server.requests.length).toBe(2);
  sink.reopen();
  expect(await underWay).toEqual({ status: 'success' });
  await expect.poll(() => server.openConnections).toBe(0);
  expect(await sink.write(numberedRequest(1))).toEqual({ status: 'success' });
  expect(server.connections).toBe(2);
});
