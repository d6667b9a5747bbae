/**
 * Programs that are killed at a certain system call, in their start, at work, when they rotate files or begin segments of a spool, and in a recovery. strace puts the signal there; without strace nothing is tried.
 *
 * HFT_SYSTEM_CALLS: how many calls of each kind are tried (default: two kinds, once). HFT_SEED: which of them.
 */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
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
      rotateBytes: 20_000,
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
  240_000,
);

/** Where the spool's own calls are: behind those of the start, at some of which the tests above kill. */
const spoolCalls = ['openat', 'write', 'pwrite64', 'fdatasync', 'rename', 'unlink', 'ftruncate'] as const;
const spoolCases = (EACH > 0 ? spoolCalls : spoolCalls.slice(SEED % spoolCalls.length).slice(0, 1)).flatMap((call, index) =>
  Array.from({ length: Math.max(1, EACH) }, (_, i) => ({ call, count: 20 + ((SEED + index) % 5) + i * 25 })),
);

test.runIf(hasStrace).each(spoolCases)(
  'a kill at call $count of $call, while what comes goes to segments of a spool, loses nothing that OTLP was to get',
  async ({ call, count }) => {
    using folder = temporaryFolder();
    const server = await startOtlpServer();
    await server.stop();
    const { missing, called, left, recovered } = await killAndRecover({
      folder: folder.path,
      threads: 1,
      perSecond: 5_000,
      auditEvery: 5,
      afterMillis: 0,
      isSmall: true,
      ending: 'SIGKILL',
      // The circuit opens after half a second; a segment is full after some tenth of one.
      endAfterMillis: 1_500,
      endpoint: server.url,
      shell: killAt(call, count),
      beforeRecovery: () => server.restart(),
      recoveryShell: killAt(call, count),
    });
    await server.stop();
    expect({ missing, left, damaged: recovered.damaged }).toEqual({ missing: { logs: 0, audits: 0 }, left: [], damaged: 0 });
    const arrived = (name: string) =>
      new Set(server.received.filter(({ body }) => body === name).map(({ attributes: { n } }) => Number(n)));
    const lacking = (seen: ReadonlySet<number>, calls: number) =>
      Array.from({ length: calls }, (_, n) => n).filter((n) => !seen.has(n));
    expect(lacking(arrived('order_placed'), called.audits)).toEqual([]);
    // A mark may tell of some: a queue this small is full before the circuit opens on a busy machine.
    const marked = server.received.reduce((sum, { attributes: { lost } }) => sum + Number(lost ?? 0), 0);
    expect(lacking(arrived('quote'), called.logs).length).toBeLessThanOrEqual(marked);
  },
  240_000,
);
