/**
 * Receipts of audit events: what they say is so, and each is settled.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leafHash } from '../../src/audit/tree/hash.ts';
import { createLogging, type HftError } from '../../src/index.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

const linesBy = (path: string) =>
  new Map(
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => [(JSON.parse(line) as { audit_seq: number }).audit_seq, line]),
  );

test('written and disk: run, number and leaf hash are those of the line, however many are asked for at once', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'audit.jsonl');
  const logging = createLogging({ handleExits: false, backends: { audit: { path, rotation: 'none' } } });
  const log = logging.getLogger('orders').withContext({ desk: 'A' });
  log.audit('before', {});
  const receipts = await Promise.all(
    Array.from({ length: 500 }, (_, i) => log.auditReceipt('placed', { i }, i % 3 === 0 ? 'written' : 'disk')),
  );
  const lines = linesBy(path);
  for (const [i, { seq, run, leafHash: hash, stage, at }] of receipts.entries()) {
    const line = lines.get(seq)!;
    expect(JSON.parse(line)).toMatchObject({ event: 'placed', i, run, desk: 'A' });
    expect(hash).toBe(leafHash(Buffer.from(line)).toString('hex'));
    expect(stage).toBe(i % 3 === 0 ? 'written' : 'disk');
    expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
  }
  await logging.shutdown();
  await expect(log.auditReceipt('late', {})).rejects.toMatchObject({
    code: expect.stringMatching(/^HFT_/),
  } satisfies Partial<HftError>);
});

test('a program that only waits for a receipt gets it, and ends', async () => {
  using folder = temporaryFolder();
  const program = join(import.meta.dirname, 'programs', 'only-receipts.ts');
  expect(await runProgram(program, [join(folder.path, 'audit.jsonl')])).toMatchObject({ code: 0, stdout: '1' });
});

test('collector: settled when a checkpoint that covers the event is acknowledged there, not before', async () => {
  using folder = temporaryFolder();
  const server = await startOtlpServer();
  const logging = createLogging({
    handleExits: false,
    backends: { audit: { path: join(folder.path, 'audit.jsonl'), rotation: 'none' }, otlp: { logsEndpoint: server.logsUrl } },
  });
  server.answerAlways({ kind: 'status', status: 503 });
  const receipt = logging.getLogger('orders').auditReceipt('placed', {}, 'collector');
  const disk = await logging.getLogger('orders').auditReceipt('placed', {}, 'disk');
  expect(await Promise.race([receipt, Promise.resolve('open')])).toBe('open');
  server.answerAlways({ kind: 'ok' });
  expect(await receipt).toMatchObject({ seq: 1, stage: 'collector' });
  const copies = server.received.filter(({ eventName }) => eventName === 'hft.audit.checkpoint');
  expect(Math.max(...copies.map(({ attributes }) => Number(attributes.size)))).toBeGreaterThanOrEqual(1);
  expect(disk.seq).toBe(2);
  await logging.shutdown();
  await server.stop();
});

test('a receipt that nobody can give is rejected: no collector, no audit file, an instance that ends', async () => {
  using folder = temporaryFolder();
  const logging = createLogging({
    handleExits: false,
    backends: { audit: { path: join(folder.path, 'a.jsonl'), rotation: 'none' } },
  });
  await expect(logging.getLogger('x').auditReceipt('e', {}, 'collector')).rejects.toMatchObject({ code: 'HFT_AUDIT_RECEIPT' });
  await logging.shutdown();
  const without = createLogging({ handleExits: false, environment: 'test', backends: { memory: { enabled: true } } });
  await expect(without.getLogger('x').auditReceipt('e', {})).rejects.toMatchObject({ code: 'HFT_AUDIT_RECEIPT' });
  await without.shutdown();
  const full = createLogging({
    handleExits: false,
    exitTimeoutMillis: 300,
    backends: { audit: { path: '/dev/full', rotation: 'none' } },
  });
  const waiting = full.getLogger('x').auditReceipt('e', {});
  const settled = expect(waiting).rejects.toMatchObject({ code: 'HFT_AUDIT_RECEIPT' });
  await full.shutdown({ timeoutMillis: 300 });
  await settled;
});
