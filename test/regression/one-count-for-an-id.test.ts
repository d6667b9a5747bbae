import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configureLogging, getLogger, shutdownLogging } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

/** An id that comes from outside (`OTEL_RESOURCE_ATTRIBUTES`) is that of every configuration. Seen: each began at 1 again, and numbers were there twice. */
test('configurations with the same service.instance.id number their audit events in one count', async () => {
  using folder = temporaryFolder();
  for (const name of ['first', 'second', 'third']) {
    configureLogging({
      service: { instanceId: 'pod-1' },
      handleExits: false,
      backends: { audit: { path: join(folder.path, `${name}.jsonl`), rotation: 'none' } },
    });
    for (let i = 0; i < 5; i++) getLogger('trail').audit('counted', { name, i });
  }
  const instance = configureLogging({
    service: { instanceId: 'pod-2' },
    handleExits: false,
    backends: { audit: { enabled: false } },
  });
  getLogger('trail').audit('counted', {});
  expect(instance.health().audit.lastSequence).toBe(1);
  await shutdownLogging();
  const lines = jsonLinesIn(folder.path, '');
  expect(lines.map(({ run }) => run)).toEqual(Array(15).fill('pod-1'));
  const numbers = lines.map(({ audit_seq }) => audit_seq as number);
  expect(numbers.sort((left, right) => left - right)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
});
