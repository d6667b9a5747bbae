/**
 * The files of an https endpoint: what happens when they are renewed, and when they are the wrong ones.
 */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OtlpHttpSink, type OtlpHttpSinkOptions } from '../../src/backends/otlp/http-sink.ts';
import { OtlpJsonBackend } from '../../src/backends/otlp/json.ts';
import { closeAfterTest } from '../support/closing.ts';
import { numberedRequest } from '../support/otlp-request.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { makeRecord } from '../support/records.ts';
import { mutualTls, pem, serverTls } from '../support/tls-files.ts';

test.each([
  ['logs in protobuf', (options: OtlpHttpSinkOptions) => new OtlpHttpSink(options)],
  ['logs in JSON', (options: OtlpHttpSinkOptions) => new OtlpJsonBackend({ ...options, resource: {} })],
] as const)('certificates that are renewed while the process runs are used by the next connection: %s', async (_what, make) => {
  const directory = await mkdtemp(join(tmpdir(), 'hft-otel-tls-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const files = {
    certificate: join(directory, 'ca.pem'),
    clientCertificate: join(directory, 'client.pem'),
    clientKey: pem('client-key'),
  };
  // A certificate that has signed nothing, and one that the server does not know: as if both were of the day before.
  await writeFile(files.certificate, await readFile(pem('client')));
  await writeFile(files.clientCertificate, await readFile(pem('client')));
  const ca = await readFile(pem('ca'));
  const tls = { cert: await readFile(pem('server')), key: await readFile(pem('server-key')), ca, requestCert: true };
  const server = closeAfterTest(await startOtlpServer({ tls }));
  const sink = closeAfterTest<OtlpHttpSink | OtlpJsonBackend>(make({ url: server.logsUrl, timeoutMillis: 10_000, ...files }));
  const write = async () => (sink instanceof OtlpHttpSink ? sink.write(numberedRequest(1)) : sink.write([makeRecord()]));
  expect((await write()).status).toBe('retryable');
  await writeFile(files.certificate, ca);
  expect(await write()).toEqual({ status: 'success' });
  expect(await write()).toEqual({ status: 'success' });
  expect(server.connections).toBe(1);
});

test.each([
  [
    'a key that belongs to another certificate',
    { clientKey: 'server-key' },
    /clientKey is not the key of backends\.otlp\.clientCertificate/,
  ],
  ['a certificate in place of a key', { clientKey: 'client' }, /backends\.otlp\.clientKey: .*private key without a passphrase/],
  [
    'a key in place of a certificate',
    { clientCertificate: 'client-key' },
    /backends\.otlp\.clientCertificate: .*have a certificate/,
  ],
  [
    'a key in place of the certificates to trust',
    { certificate: 'client-key' },
    /backends\.otlp\.certificate: .*have a certificate/,
  ],
  [
    'no client certificate',
    { clientCertificate: undefined, clientKey: undefined },
    /asks for a certificate: give backends\.otlp\.clientCertificate/,
  ],
])('https: %s is told with the setting to correct', async (_what, wrong, message) => {
  const tls = await mutualTls();
  const names = { certificate: 'ca', clientCertificate: 'client', clientKey: 'client-key', ...wrong };
  const files = Object.fromEntries(Object.entries(names).map(([setting, name]) => [setting, name && pem(name)]));
  const server = closeAfterTest(await startOtlpServer({ tls }));
  const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 10_000, ...files }));
  const outcome = await sink.write(numberedRequest(1));
  expect(outcome).toMatchObject({ status: 'retryable', message: expect.stringMatching(message) });
});

test.each(['certificate', 'clientCertificate'] as const)(
  'https: a %s in DER, which Node reads and does not use, is told of',
  async (setting) => {
    const directory = await mkdtemp(join(tmpdir(), 'hft-otel-tls-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const files = { certificate: pem('ca'), clientCertificate: pem('client'), clientKey: pem('client-key') };
    const der = join(directory, 'der');
    await writeFile(der, new X509Certificate(await readFile(files[setting])).raw);
    const server = closeAfterTest(await startOtlpServer({ tls: await mutualTls() }));
    const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 10_000, ...files, [setting]: der }));
    const message = expect.stringMatching(new RegExp(`backends\\.otlp\\.${setting}: it is not PEM.*must be PEM`));
    expect(await sink.write(numberedRequest(1))).toMatchObject({ status: 'retryable', message });
  },
);

test('http where TLS is spoken: retryable, and asks about https', async () => {
  const tls = await serverTls();
  const server = closeAfterTest(await startOtlpServer({ tls }));
  const sink = closeAfterTest(new OtlpHttpSink({ url: server.logsUrl.replace('https:', 'http:'), timeoutMillis: 10_000 }));
  expect(await sink.write(numberedRequest(1))).toMatchObject({
    status: 'retryable',
    message: expect.stringContaining('need https'),
  });
});

test.skipIf(process.platform === 'win32')(
  'a file that cannot be read to its end holds a request no longer than timeoutMillis',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hft-otel-tls-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    // Nobody writes into it, as in a file of a network drive whose server is gone.
    const certificate = join(directory, 'ca.pem');
    execFileSync('mkfifo', [certificate]);
    const sink = closeAfterTest(new OtlpHttpSink({ url: 'https://127.0.0.1:1/v1/logs', timeoutMillis: 100, certificate }));
    const outcome = await sink.write(numberedRequest(1));
    expect(outcome).toMatchObject({ status: 'retryable', message: expect.stringContaining('No answer within 100 ms') });
    await writeFile(certificate, 'no certificate');
  },
);
