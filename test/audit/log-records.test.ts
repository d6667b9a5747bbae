/** Log records that a route sends to the audit file. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

test('F4: each line of the audit file says its run, log records too; they bear no audit number, and no field can pass for their run', async () => {
  using folder = temporaryFolder();
  const logging = createLogging({
    service: { name: 'gateway', instanceId: 'run-7' },
    handleExits: false,
    backends: { audit: { path: join(folder.path, 'audit.jsonl'), rotation: 'none', level: 'debug' } },
  });
  const log = logging.getStrategyLogger('mm', ['mexc', 'spot', 'ws', 'trading']);
  log.audit('placed', { id: 1 });
  log.info('seen', { run: 'not mine' });
  log.info('an object', { run: 'not mine either', nested: { a: [1, 2, { b: 3 }] } });
  log.audit('filled', { id: 1 });
  expect(await logging.shutdown({ timeoutMillis: 25_000 })).toMatchObject({ complete: true });
  const lines = jsonLinesIn(folder.path, 'audit');
  const [{ run: own }] = lines;
  // An id that is configured comes again with the next start, which is named behind it.
  expect(own).toMatch(/^run-7\/[0-9a-f]{8}$/);
  expect(lines.map(({ run }) => run)).toEqual([own, own, own, own]);
  const logs = lines.filter(({ level }) => level !== undefined);
  expect(logs.map(({ msg, run_, audit_seq }) => [msg, run_, audit_seq])).toEqual([
    ['seen', 'not mine', undefined],
    ['an object', 'not mine either', undefined],
  ]);
  expect(lines.filter(({ audit_seq }) => audit_seq !== undefined).map(({ audit_seq, event }) => [audit_seq, event])).toEqual([
    [1, 'placed'],
    [2, 'filled'],
  ]);
});
