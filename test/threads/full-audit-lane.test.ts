/** What an application's own thread writes to the audit file itself, because its lane is full, is in the account as what the main thread writes is. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

async function accountOf(path: string, flushMillis: number) {
  const { code, stdout, stderr } = await runProgram('../../threads/programs/full-audit-lane.ts', [path, `${flushMillis}`], {
    timeoutMillis: 60_000,
  });
  expect(code, stderr).toBe(0);
  const { events, health } = JSON.parse(stdout);
  expect(health.audit.writtenThrough).toBeGreaterThan(0);
  expect(health.lanes.audit.accepted + health.audit.writtenThrough).toBe(events);
  return { events, health, audit: health.backends.audit };
}

test('into a file that can be written: delivered, and counted as written through', async () => {
  using folder = temporaryFolder();
  const { events, audit } = await accountOf(join(folder.path, 'audit.jsonl'), 30_000);
  expect(audit).toMatchObject({ taken: events, delivered: events, dropped: {} });
  const numbers = jsonLinesIn(folder.path, 'audit').map(({ audit_seq }) => audit_seq as number);
  expect(numbers.sort((left, right) => left - right)).toEqual(Array.from({ length: events }, (_, i) => i + 1));
});

test('into one that cannot: counted as lost', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'a-file'), '');
  const { health, audit } = await accountOf(join(folder.path, 'a-file', 'audit.jsonl'), 500);
  expect(audit.dropped.failed).toBe(health.audit.writtenThrough);
  expect(audit.taken).toBe(audit.pending + audit.droppedTotal);
});
