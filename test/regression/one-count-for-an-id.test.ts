import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configureLogging, getLogger, shutdownLogging } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

/** An id that comes from outside (`OTEL_RESOURCE_ATTRIBUTES`) is that of every configuration. Seen: each began at 1 again, and numbers were there twice. */
const configure = (instanceId: string, path: string) =>
  configureLogging({
    service: { instanceId },
    handleExits: false,
    backends: { audit: { path, rotation: 'none' } },
  });

function countFive(name: string): void {
  for (let i = 0; i < 5; i++) getLogger('trail').audit('counted', { name, i });
}

/** On a busy machine an instance that is replaced may not end in time, and what it was writing is written again. */
function onceEach(lines: ReturnType<typeof jsonLinesIn>): typeof lines {
  return [...new Map(lines.map((line) => [`${line.run} ${line.audit_seq}`, line])).values()];
}

const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1);

test('configurations with the same service.instance.id and audit file number their audit events in one count', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'audit.jsonl');
  for (const name of ['first', 'second', 'third']) {
    configure('pod-1', path);
    countFive(name);
  }
  const instance = configure('pod-2', path);
  getLogger('trail').audit('counted', {});
  expect(instance.health().audit.lastSequence).toBe(1);
  await shutdownLogging();
  const lines = onceEach(jsonLinesIn(folder.path, ''));
  const ofFirst = lines.filter(({ run }) => String(run).startsWith('pod-1/'));
  expect(new Set(ofFirst.map(({ run }) => run)).size).toBe(1);
  expect(ofFirst.map(({ audit_seq }) => Number(audit_seq)).sort((a, b) => a - b)).toEqual(upTo(15));
  expect(lines.length).toBe(16);
});

/** A run is one tree over the lines of one trail: another file is another run, so a number of it is never in two. */
test('with another audit file each is a run of its own, and counts for itself', async () => {
  using folder = temporaryFolder();
  for (const name of ['first', 'second']) {
    configure('pod-1', join(folder.path, `${name}.jsonl`));
    countFive(name);
  }
  await shutdownLogging();
  const runs = Map.groupBy(onceEach(jsonLinesIn(folder.path, '')), ({ run }) => run);
  expect(runs.size).toBe(2);
  for (const lines of runs.values()) expect(lines.map(({ audit_seq }) => audit_seq)).toEqual(upTo(5));
});
