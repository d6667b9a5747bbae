/**
 * Copies of checkpoints on another host: what they cover cannot be taken back on this one.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKPOINTS_SUFFIX, notesIn } from '../../src/audit/run-tree/checkpoint-file.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { createLogging } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { makeKey } from './clean-logs.ts';

test('each checkpoint is an audit record at the collector, without a number; a tail that is cut here with its checkpoints is missed there', async () => {
  using folder = temporaryFolder();
  const server = await startOtlpServer();
  const key = makeKey(folder.path, 'gateway');
  const logging = createLogging({
    service: { name: 'gateway' },
    handleExits: false,
    backends: {
      audit: { path: join(folder.path, 'audit.jsonl'), rotation: 'none', signingKey: key.path },
      otlp: { logsEndpoint: server.logsUrl },
    },
  });
  const log = logging.getLogger('orders');
  for (let i = 0; i < 20; i++) log.audit('placed', { i });
  await logging.flush();
  for (let i = 20; i < 40; i++) log.audit('placed', { i });
  expect(await logging.shutdown()).toMatchObject({ complete: true });
  const { otlp } = logging.health().backends;
  await server.stop();

  const file = join(folder.path, 'audit.jsonl');
  const beside = notesIn(readFileSync(file + CHECKPOINTS_SUFFIX, 'utf8')).map(({ note }) => note);
  const copies = server.received.filter(({ eventName }) => eventName === 'hft.audit.checkpoint');
  expect(copies.map(({ attributes }) => attributes.checkpoint)).toEqual(beside);
  // Nobody logged them: the account is of the events alone.
  expect(otlp).toMatchObject({ taken: 40, delivered: 40, pending: 0, droppedTotal: 0, checkpoints: copies.length });
  for (const { attributes } of copies) expect([attributes['hft.audit'], attributes['hft.audit.seq']]).toEqual([true, undefined]);
  const numbers = server.received
    .filter(({ eventName }) => eventName === 'placed')
    .map(({ attributes }) => Number(attributes['hft.audit.seq']));
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));

  const elsewhere = join(folder.path, 'collector.json');
  writeFileSync(
    elsewhere,
    copies
      .map((record) => `${JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? String(value) : value))}\n`)
      .join(''),
  );
  const whole = await verifyTrail({ files: [file], keys: [key.vkey], checkpoints: [elsewhere] });
  expect([whole.ok, whole.runs[0]]).toMatchObject([true, { lines: 40, proven: 40, provenElsewhere: 40, hasEnded: true }]);

  const lines = readFileSync(file, 'utf8').split('\n').slice(0, 20);
  writeFileSync(file, `${lines.join('\n')}\n`);
  writeFileSync(
    file + CHECKPOINTS_SUFFIX,
    beside
      .slice(0, 2)
      .map((note) => `\n${note}`)
      .join(''),
  );
  expect((await verifyTrail({ files: [file], keys: [key.vkey] })).ok).toBe(true); // Nothing on this host tells.
  const cut = await verifyTrail({ files: [file], keys: [key.vkey], checkpoints: [elsewhere] });
  expect(cut.findings[0]).toMatchObject({ severity: 'fault', code: 'MISSING_LINES', line: 20 });
  expect(readdirSync(folder.path).sort()).toContain('audit.jsonl.checkpoints');
});
