/**
 * Programs that are killed at random moments, and the next start of their service. What was called and had returned by then is counted outside of the package.
 *
 * HFT_KILLS: how many programs are killed (default 4; each takes some two seconds). HFT_SEED: where the random moments start from.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/child.ts';
import { type Account, type Killing, killAndRecover } from './kill.ts';

const KILLS = Number(process.env.HFT_KILLS ?? 4);
const SEED = Number(process.env.HFT_SEED ?? Date.now() % 1_000_000);

function expectNothingLost({ missing, gaps, ahead, excess, left, recovered }: Account, threads: number): void {
  expect({ missing, gaps, left, complete: recovered.complete, damaged: recovered.damaged }).toEqual({
    missing: { logs: 0, audits: 0 },
    gaps: 0,
    left: [],
    complete: true,
    damaged: 0,
  });
  expect(ahead).toBeLessThanOrEqual(1);
  expect(excess).toBeLessThanOrEqual(threads);
}

async function kill(killing: Omit<Killing, 'folder'>): Promise<Account> {
  using folder = temporaryFolder();
  return await killAndRecover({ ...killing, folder: folder.path });
}

/** Mulberry32: the same moments for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe(`what had been accepted when a process was killed is delivered by the next one (seed ${SEED})`, () => {
  const random = randomFrom(SEED);
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

describe('a recovery that is killed is repeated', () => {
  test.each([[[0]], [[15, 0, 40]]])('after %j ms', async (recoveriesKilledAfter) => {
    const account = await kill({ threads: 2, perSecond: 1_000_000, auditEvery: 10, afterMillis: 150, recoveriesKilledAfter });
    expectNothingLost(account, 2);
  });
});
