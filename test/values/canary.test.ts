/**
 * A canary in each place where a credential can stand × every output: none may be found. The places that are known to let one pass are named in
 * docs/configuration.md, and here.
 */

import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTestLogging } from '../../src/testing.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { MESSAGES, PLACES, secretOf } from './programs/canary-places.ts';

const PROGRAM = fileURLToPath(new URL('./programs/canary.ts', import.meta.url));

/** A collector and a gateway that repeat what they were sent. */
async function startHostile(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume();
    const echo = `refused: ${JSON.stringify(request.headers)} ${request.headers.authorization}`;
    if (request.url?.startsWith('/307')) response.writeHead(307, { location: `https://other/v1/logs?token=${secretOf(9004)}` });
    else response.writeHead(401, { 'content-type': 'text/plain' });
    response.end(echo);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

test(`${PLACES.length + MESSAGES.length} places where a secret can stand, every output: none is found`, async () => {
  expect(PLACES.length).toBeGreaterThan(100);
  using folder = temporaryFolder();
  const collector = closeAfterTest(await startOtlpServer());
  const hostile = closeAfterTest(await startHostile());
  const { code, stdout, stderr } = await runProgram(PROGRAM, [folder.path, collector.logsUrl, hostile.url, await freePort()], {
    timeoutMillis: 180_000,
  });
  expect(code, stderr).toBe(0);

  const outputs: Record<string, string> = {
    console: stdout,
    warnings: stderr,
    otlp: JSON.stringify(collector.received, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
  };
  for (const name of readdirSync(folder.path)) outputs[name] = readFileSync(join(folder.path, name), 'utf8');
  expect(Object.keys(outputs).some((name) => name.startsWith('audit'))).toBe(true);
  // Each output has what it is for.
  for (const name of ['console', 'otlp', 'app.jsonl', 'seen.json']) expect(outputs[name], name).toContain('[redacted]');
  expect(outputs['metrics.txt']).toContain('canary_total');
  expect(outputs['seen.json']).toContain('HTTP 401');
  expect(outputs['seen.json']).toContain('Redirects are not followed');

  const names = [...PLACES, ...MESSAGES].map(({ name }) => name);
  const leaks = Object.entries(outputs).flatMap(([output, text]) =>
    [...new Set(text.match(/s3cr3t\d+x0/g))].map((found) => `${output}: ${names[Number(/\d+(?=x0)/.exec(found))] ?? found}`),
  );
  expect(leaks).toEqual([]);
}, 200_000);

test('where a secret passes: under a name that says nothing, in a text without a mark, in a path of a URL, in names', () => {
  const logging = createTestLogging();
  const log = logging.getLogger('a');
  const passing = [
    { value: 'S3CRET' },
    { text: 'the password is S3CRET' },
    { url: 'https://host/v3/S3CRET/x' },
    { S3CRET: 1 },
    { bytes: new TextEncoder().encode('S3CRET') },
  ];
  for (const fields of passing) log.info('m', fields);
  const shown = logging
    .records()
    .map(({ attributes }) =>
      JSON.stringify(attributes, (_, value) => (ArrayBuffer.isView(value) ? Buffer.from(value.buffer).toString() : value)),
    );
  for (const text of shown) expect(text).toContain('S3CRET');
});
