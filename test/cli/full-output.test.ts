/**
 * What a command could not print is said, and is in its exit code. Linux has a device that is a full disk.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MAIN } from '../demo/demo-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'hft-full-'));
const full = process.platform === 'linux' ? openSync('/dev/full', 'w') : undefined;
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  if (full !== undefined) closeSync(full);
});

const log = join(directory, 'app.log');
writeFileSync(log, '{"time":"2026-11-23T12:00:00.000000000Z","level":"info","logger":"a","msg":"order","seq":1}\n'.repeat(5_000));

const run = (words: readonly string[], stdio: { readonly stdout?: number | undefined; readonly stderr?: number | undefined }) =>
  spawnSync(process.execPath, [MAIN, ...words], {
    stdio: ['ignore', stdio.stdout ?? 'pipe', stdio.stderr ?? 'pipe'],
    encoding: 'utf8',
  });

describe.skipIf(full === undefined)('a full disk', () => {
  test.each([
    { words: ['find', log, '--json'], code: 3 },
    { words: ['find', log, '--count'], code: 3 },
    { words: ['tail', log], code: 1 },
    { words: ['routes'], code: 1 },
    { words: ['completion', 'bash'], code: 1 },
    { words: ['--help'], code: 1 },
  ])('$words.0: an incomplete output is said once, exit code $code', ({ words, code }) => {
    const { status, stderr } = run(words, { stdout: full });
    expect(stderr).toMatch(/^hft-otel: Not everything could be printed: .*ENOSPC.*\n$/);
    expect(status).toBe(code);
  });

  test('messages that nobody can read end no command', () => {
    const { status, stdout } = run(['tail', join(directory, 'nowhere.log'), log, '-n', '1'], { stderr: full });
    expect(stdout).toContain('order');
    expect(status).toBe(1);
  });
});
