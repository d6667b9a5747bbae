/** An exit does not wait for a destination that never answered. The time it may take is two minutes here: a program that took it would be killed first. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { runProgram } from '../support/child.ts';

/** A port where nobody listens any more. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.each(['http/protobuf', 'http/json'])(
  'collector away (%s): a program of one line ends, and says what was not delivered',
  async (protocol) => {
    const { code, stderr } = await runProgram('collector-away.ts', [`http://127.0.0.1:${await freePort()}`, protocol], {
      timeoutMillis: 60_000,
    });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('hft-otel: 2 records undelivered at the exit: otlp (2 pending:');
    expect(stderr).toContain('An end waits for no destination that was never reached');
  },
  70_000,
);

test('a collector that has answered, if only that it is busy, is waited for', async () => {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      requests++;
      response.writeHead(requests < 4 ? 503 : 200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await runProgram('collector-away.ts', [url, 'http/protobuf'], { timeoutMillis: 60_000 });
  server.close();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(requests).toBeGreaterThanOrEqual(5);
});

test.each([
  ['a collector that is always busy', 'collector', /otlp \(2 pending: HTTP 503.*\)\. It has taken nothing: see that it is there/],
  [
    'a full disk',
    'disk',
    /file \(1 pending: .*ENOSPC.* free space.*\)\. Correct what the error names, or raise exitTimeoutMillis\./,
  ],
] as const)(
  'an exit has waited for %s, says so, and gives the remedy that fits',
  async (_, destination, said) => {
    const server = createServer((request, response) => void request.resume().on('end', () => response.writeHead(503).end()));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const words = destination === 'disk' ? ['/dev/full'] : [url, 'http/protobuf', '1500'];
    const { code, stderr } = await runProgram(destination === 'disk' ? 'full-disk.ts' : 'collector-away.ts', words);
    server.close();
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/undelivered within 1500 ms of the exit/);
    expect(stderr).not.toContain('An end waits for no');
  },
  70_000,
);

test('an instance that `await using` ends has waited, and says so', async () => {
  const logging = createLogging({
    exitTimeoutMillis: 3_000,
    diagnosticLevel: 'none',
    handleExits: false,
    backends: { otlp: { endpoint: `http://127.0.0.1:${await freePort()}`, spool: { enabled: false } } },
  });
  await logging.ready;
  logging.getLogger('gateway').info('quote');
  await logging[Symbol.asyncDispose]();
  const said = logging.health().warnings.at(-1);
  expect(said).toMatch(/^1 records undelivered within 3000 ms of the end of an instance: otlp \(1 .* It has taken nothing: see/);
});
