/** A ring that the ending instance was never told of: its thread began to log while the exit was being delivered. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { openInstance } from '../../src/logging.ts';
import { allocatorOf } from '../../src/memory/allocator.ts';
import { CONTROL_BYTES, FORMAT_VERSION, WORD_CLOSED } from '../../src/ring/layout.ts';
import { temporaryFolder } from '../support/child.ts';

test.each([
  { ring: 'open', kept: 1 },
  { ring: 'closed and drained', kept: 0 },
])('the run of an instance that ends with a ring it does not know, $ring, leaves $kept folders', async ({ ring, kept }) => {
  using folder = temporaryFolder();
  const runs = join(folder.path, 'runs');
  const config = {
    handleExits: false,
    persistence: { enabled: true, directory: runs },
    backends: { file: { path: join(folder.path, 'app.jsonl') } },
  };
  const { logging, seat } = openInstance(resolveConfig(config, {}));
  expect(logging.health().memory.kind).toBe('mapped');
  const { allocator } = seat!.settings;
  const { words } = allocatorOf(allocator).allocate({ kind: 'ring', format: FORMAT_VERSION, bytes: CONTROL_BYTES + 4_096 });
  if (ring !== 'open') Atomics.store(words, WORD_CLOSED, 1);
  logging.getLogger('gateway').info('quote', { n: 1 });
  await logging.shutdown();
  expect(readdirSync(runs)).toHaveLength(kept);
});
