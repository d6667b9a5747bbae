/**
 * Who does not look at `health()` hears of a backend that has failed all the same, and not again and again.
 */
import { expect, test, vi } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';

test('a backend that fails is reported once by a process warning, with its reason and what to do', {
  timeout: 30_000,
}, async () => {
  using folder = temporaryFolder();
  const emitted: string[] = [];
  const collect = (warning: Error) => void (warning.name === 'HftOtelWarning' && emitted.push(warning.message));
  process.on('warning', collect);
  try {
    const logging = createLogging({
      backends: { file: { path: `${process.execPath}/app.jsonl` }, audit: { path: `${folder.path}/audit.jsonl` } },
      handleExits: false,
    });
    const log = logging.getLogger('gateway');
    log.error('nobody writes this');
    await vi.waitFor(() => expect(emitted).toHaveLength(1), { timeout: 20_000, interval: 50 });
    expect(emitted[0]).toMatch(/^The backend file has failed: .*app\.jsonl.* health\(\)\.backends\.file has the details\.$/);
    const { retries } = logging.health().backends.file;
    log.error('nor this');
    await vi.waitFor(() => expect(logging.health().backends.file.retries).toBeGreaterThan(retries), { timeout: 20_000 });
    expect(emitted).toHaveLength(1);
    expect(logging.health().warnings).toEqual(emitted);
    await logging.shutdown({ timeoutMillis: 100 });
  } finally {
    process.off('warning', collect);
  }
});
