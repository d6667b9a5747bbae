/**
 * Programs that are killed at random moments, and the next start of their service. What was called and had returned by then is counted outside of the package.
 *
 * HFT_KILLS: how many programs are killed (default 4; each takes some two seconds). HFT_RECOVERY_KILLS: how many recoveries are, up to five times in a row each
 * (default 2). HFT_SEED: where the random moments start from.
 */
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAX_FRAMES } from '../../src/read/lane-source.ts';
import { temporaryFolder } from '../support/child.ts';
import { randomOf } from '../support/random.ts';
import { SEED } from '../support/seed.ts';
import { type Account, countsOf, type Killing, killAndRecover } from './kill.ts';

const KILLS = Number(process.env.HFT_KILLS ?? 4);
const RECOVERIES = Number(process.env.HFT_RECOVERY_KILLS ?? 2);

function expectNothingLost({ missing, gaps, ahead, excess, left, recovered }: Account, threads: number): void {
  expect({ missing, gaps, left, complete: recovered.complete, damaged: recovered.damaged }).toEqual({
    missing: { logs: 0, audits: 0 },
    gaps: 0,
    left: [],
    complete: true,
    damaged: 0,
  });
  expect(ahead).toBeLessThanOrEqual(1);
  // Losses are counted before the ring is told: a kill in between counts a batch as lost that its recovery delivers.
  expect(excess).toBeLessThanOrEqual(threads * MAX_FRAMES);
}

async function kill(killing: Omit<Killing, 'folder'>): Promise<Account> {
  using folder = temporaryFolder();
  return await killAndRecover({ ...killing, folder: folder.path });
}

describe(`what had been accepted when a process was killed is delivered by the next one (seed ${SEED})`, () => {
  const random = randomOf(SEED);
  const cases = Array.from({ length: KILLS }, (_, i) => ({
    perSecond: [10_000, 1_000_000][i % 2]!,
    threads: 1 + (i % 3),
    auditEvery: [10, 2][(i >> 1) % 2]!,
    afterMillis: Math.floor(random() ** 2 * 800),
    inMemory: existsSync('/dev/shm') && i % 4 < 2,
  }));
  test.each(cases)('$perSecond/s on $threads threads, after $afterMillis ms', async ({ inMemory, ...killing }) => {
    using folder = temporaryFolder();
    using shm = temporaryFolder(inMemory ? '/dev/shm' : undefined);
    const directory = inMemory ? join(shm.path, 'runs') : join(folder.path, 'runs');
    expectNothingLost(await killAndRecover({ ...killing, folder: folder.path, directory }), killing.threads);
  });
});

describe('the same when a process ends in another way that lets no code run', () => {
  const usual = { threads: 2, perSecond: 20_000, auditEvery: 10, afterMillis: 100 };

  test.each(['SIGABRT', 'SIGSEGV'] as const)('%s', async (signal) => {
    expectNothingLost(await kill({ ...usual, signal }), 2);
  });

  test('process.abort', async () => {
    expectNothingLost(await kill({ ...usual, ending: 'abort' }), 2);
  });

  test('the heap limit of V8', async () => {
    expectNothingLost(await kill({ ...usual, threads: 1, ending: 'heap', execArgv: ['--max-old-space-size=64'] }), 1);
  });
});

/** A group of processes with a memory limit, where this process may make one. */
const GROUPS = '/sys/fs/cgroup/memory';

function canMakeGroups(): boolean {
  try {
    accessSync(GROUPS, constants.W_OK);
    return process.getuid?.() === 0 && existsSync(join(GROUPS, 'cgroup.procs'));
  } catch {
    return false;
  }
}

describe('the same when the system ends a process that takes too much memory', () => {
  test.runIf(canMakeGroups())('the limit of a container', async () => {
    const group = join(GROUPS, `hft-otel-${process.pid}`);
    mkdirSync(group);
    try {
      writeFileSync(join(group, 'memory.limit_in_bytes'), String(400 * 1024 * 1024));
      const shell = `echo $$ > ${group}/cgroup.procs`;
      expectNothingLost(
        await kill({ threads: 1, perSecond: 20_000, auditEvery: 10, afterMillis: 0, isSmall: true, ending: 'memory', shell }),
        1,
      );
    } finally {
      rmdirSync(group);
    }
  });

  test.runIf(process.platform === 'linux')('the limit of a shell', async () => {
    const execArgv = ['--max-old-space-size=16000'];
    const account = await kill({
      threads: 1,
      perSecond: 20_000,
      auditEvery: 10,
      afterMillis: 0,
      ending: 'heap',
      execArgv,
      moreMegabytes: 400,
    });
    expectNothingLost(account, 1);
  });
});

describe('the same when a process ends in a way that lets code run, with a thread that goes on', () => {
  test.each(['SIGQUIT', 'SIGTERM', 'SIGINT'] as const)('%s', async (signal) => {
    using folder = temporaryFolder();
    // What a thread logs that begins only when the last drain is over is lost with the process.
    const until = () => countsOf(folder.path, 2).every(({ logged }) => logged > 0);
    const killing = { folder: folder.path, threads: 2, perSecond: 20_000, auditEvery: 10, afterMillis: 100, until, signal };
    expectNothingLost(await killAndRecover(killing), 2);
  });

  test('process.reallyExit', async () => {
    expectNothingLost(await kill({ threads: 2, perSecond: 20_000, auditEvery: 10, afterMillis: 0, ending: 'reallyExit' }), 2);
  });
});

describe('a recovery that is killed is repeated', { timeout: 120_000 }, () => {
  const random = randomOf(SEED + 1);
  const times = Array.from({ length: RECOVERIES }, (_, i) => {
    if (i === 0) return [0];
    return Array.from({ length: 2 + (i % 4) }, () => Math.floor(random() ** 2 * 150));
  });
  test.each(times.map((each) => [each]))('after %j ms', async (recoveriesKilledAfter) => {
    const account = await kill({ threads: 2, perSecond: 1_000_000, auditEvery: 10, afterMillis: 150, recoveriesKilledAfter });
    expectNothingLost(account, 2);
  });
});
