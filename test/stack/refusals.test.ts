// Our package against a gateway that refuses it: what is lost is counted, what may still be taken is kept, and health() says what to do.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LogLine, queryLoki } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import type { OtlpConfig } from '../../src/config/types.ts';
import { createLogging, type Logging } from '../../src/index.ts';
import { eventually, testFolder } from './support.ts';

const folder = testFolder('refusals');
const instances: Logging[] = [];
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ folder: folder.path });
});
afterAll(async () => {
  await Promise.all(instances.map((logging) => logging.shutdown({ timeoutMillis: 100 })));
  await stack?.stop();
  folder.remove();
});

const secret = (name: string) => readFileSync(join(stack.secretsFolder, name), 'utf8').trim();
const gateway = (scheme: 'http' | 'https' = 'https') => `${scheme}://127.0.0.1:${stack.ports.gateway.http}`;
const certificate = () => join(stack.secretsFolder, 'ca.crt');

function loggingTo(name: string, otlp: OtlpConfig): Logging {
  const logging = createLogging({ service: { name }, backends: { otlp } });
  instances.push(logging);
  return logging;
}

/** Three logs and an audit event, and what the backend says of them once `settled` holds. */
async function sent(logging: Logging, settled: (otlp: ReturnType<typeof accountOf>) => boolean) {
  const log = logging.getLogger('gateway');
  for (let number = 1; number <= 3; number++) log.info('hello', { number });
  log.audit('order_placed', { number: 1 });
  await logging.ready;
  return eventually('the answer', () => {
    const otlp = accountOf(logging);
    return settled(otlp) ? otlp : undefined;
  });
}

const accountOf = (logging: Logging) => logging.health().backends.otlp!;

async function linesOf(service: string): Promise<readonly LogLine[]> {
  const now = Date.now();
  const range = { from: now - 600_000, to: now + 60_000, stepSeconds: 15 };
  return (await queryLoki(stack.lokiUrl, `{service_name="${service}"}`, range)).lines;
}

test('straight to the gateway, with its token and its authority: delivered', async () => {
  const headers = { authorization: `Bearer ${secret('token')}` };
  const otlp = await sent(
    loggingTo('direct', { endpoint: gateway(), headers, certificate: certificate() }),
    ({ delivered }) => delivered === 4,
  );
  expect(otlp).toMatchObject({ state: 'ok', droppedTotal: 0 });
  await eventually('them in Loki', async () => ((await linesOf('direct')).length === 4 ? true : undefined));
});

test('a wrong token: records are refused for good, the audit event is kept, and both are said with the remedy', async () => {
  const headers = { authorization: 'Bearer wrong' };
  const otlp = await sent(
    loggingTo('wrong-token', { endpoint: gateway(), headers, certificate: certificate() }),
    ({ pending, taken, retries }) => taken === 4 && pending === 1 && retries > 0,
  );
  expect(otlp).toMatchObject({ delivered: 0, dropped: { rejected: 3 } });
  expect(otlp.lastError).toMatch(/^HTTP 401\..*Give credentials in backends\.otlp\.headers/);
  expect(otlp.lastError).not.toContain('wrong');
});

test('plain text to the TLS port: refused for good, counted, in the gateway’s own words', async () => {
  const headers = { authorization: `Bearer ${secret('token')}` };
  const otlp = await sent(
    loggingTo('plain-text', { endpoint: gateway('http'), headers }),
    ({ pending, taken }) => taken === 4 && pending === 0,
  );
  expect(otlp).toMatchObject({ state: 'failed', delivered: 0, dropped: { rejected: 4 } });
  expect(otlp.lastError).toMatch(/^HTTP 400\..*Client sent an HTTP request to an HTTPS server/);
});

test('an authority that is not known: kept, and said which setting names it', async () => {
  const otlp = await sent(loggingTo('no-authority', { endpoint: gateway() }), ({ retries }) => retries > 0);
  expect(otlp).toMatchObject({ delivered: 0, droppedTotal: 0, pending: 4 });
  expect(otlp.lastError).toMatch(/Give the certificate to trust in backends\.otlp\.certificate/);
});

test('a line of 10 MB: cut, said how much of it, and beside it whole what else was logged', async () => {
  const logging = loggingTo('long-line', { endpoint: stack.otlpUrl });
  const log = logging.getLogger('gateway');
  log.info('x'.repeat(10_000_000), { number: 1 });
  log.info('small', { number: 2 });
  expect(await logging.flush({ timeoutMillis: 20_000 })).toMatchObject({ complete: true, pending: 0 });
  expect(accountOf(logging)).toMatchObject({ delivered: 2, droppedTotal: 0 });
  const lines = await eventually('both in Loki', async () => {
    const found = await linesOf('long-line');
    return found.length === 2 ? found : undefined;
  });
  const byNumber = new Map(lines.map(({ line, labels }) => [labels.number, line]));
  expect(byNumber.get('2')).toBe('small');
  const [, kept, cut] = /^(x+)…\[\+(\d+) characters\]$/.exec(byNumber.get('1')!)!;
  expect(kept!.length + Number(cut)).toBe(10_000_000);
});

test('of what was refused nothing was stored, and both collectors run', async () => {
  for (const service of ['wrong-token', 'plain-text', 'no-authority']) expect(await linesOf(service)).toEqual([]);
  expect([stack.servers.agent.isRunning(), stack.servers.gateway.isRunning()]).toEqual([true, true]);
});
