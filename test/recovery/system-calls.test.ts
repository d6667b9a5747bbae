/**
 * Programs that are killed at a certain system call, in their start, at work, and in a recovery. strace puts the signal there; without strace nothing is tried.
 *
 * HFT_SYSTEM_CALLS: how many calls of each kind are tried (default: two kinds, once). HFT_SEED: which of them.
 */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/child.ts';
import { SEED } from '../support/seed.ts';
import { killAndRecover } from './kill.ts';

/** What makes, fills, locks, renames and removes files, and what maps memory. */
const CALLS = [
  'mkdir',
  'openat',
  'fallocate',
  'ftruncate',
  'mmap',
  'fcntl',
  'flock',
  'write',
  'writev',
  'pwrite64',
  'fsync',
  'fdatasync',
  'rename',
  'unlink',
  'rmdir',
] as const;

const EACH = Number(process.env.HFT_SYSTEM_CALLS ?? 0);

const hasStrace = spawnSync('strace', ['-V'], { stdio: 'ignore' }).status === 0;

/** Kills the program's thread group when one of its threads makes this call for the so manieth time. */
const killAt = (call: string, count: number) =>
  `set -- strace -f -qq -o /dev/null -e trace=${call} -e inject=${call}:signal=KILL:when=${count} "$@"`;

const chosen =
  EACH > 0 ? CALLS : CALLS.filter((_, index) => index === SEED % CALLS.length || index === (SEED * 7 + 3) % CALLS.length);
// A start makes many calls of some kinds: the steps grow.
const cases = chosen.flatMap((call, index) =>
  Array.from({ length: Math.max(1, EACH) }, (_, i) => ({ call, count: 1 + ((SEED + index) % 3) + Math.floor(i ** 1.8 * 3) })),
);

test.runIf(hasStrace).each(cases)(
  'a kill at call $count of $call loses nothing (HFT_SEED)',
  async ({ call, count }) => {
    using folder = temporaryFolder();
    const { missing, gaps, left, ahead, recovered } = await killAndRecover({
      folder: folder.path,
      threads: 1,
      perSecond: 5_000,
      auditEvery: 5,
      afterMillis: 0,
      isSmall: true,
      // Where the call is never made so often.
      ending: 'SIGKILL',
      shell: killAt(call, count),
      recoveryShell: killAt(call, count + 2),
    });
    expect({ missing, gaps, left, damaged: recovered.damaged }).toEqual({
      missing: { logs: 0, audits: 0 },
      gaps: 0,
      left: [],
      damaged: 0,
    });
    expect(ahead).toBeLessThanOrEqual(1);
  },
  120_000,
);
