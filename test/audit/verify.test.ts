/**
 * The verifier: silent about trails as they were written, whatever happened to processes, clocks, zones and workers meanwhile.
 */
import { afterAll, expect, test } from 'vitest';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { scratch } from '../backends/file-support.ts';
import { randomOf } from '../support/random.ts';
import { makeKey, makeTrail } from './clean-logs.ts';

const ZONE = process.env.TZ;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC'];
afterAll(() => {
  if (ZONE === undefined) delete process.env.TZ;
  else process.env.TZ = ZONE;
});

const CLEAN_LOGS = Number(process.env.HFT_AUDIT_CLEAN_LOGS ?? 25);

test(`${CLEAN_LOGS} clean trails: no false alarm, and everything that a checkpoint covers is proven`, {
  timeout: 4_000_000,
}, async () => {
  for (let seed = 1; seed <= CLEAN_LOGS; seed++) {
    const directory = scratch();
    process.env.TZ = ZONES[seed % ZONES.length];
    const key = makeKey(directory.path, 'k');
    const { files, warnings } = makeTrail({ directory: directory.path, random: randomOf(seed), key: key.path });
    expect([seed, warnings]).toEqual([seed, []]);
    const report = await verifyTrail({ files, keys: [key.vkey] });
    // Nothing but the first second of a process that was killed.
    if (report.runs.every(({ checkpoints }) => checkpoints === 0)) continue;
    expect([seed, report.findings.filter(({ severity }) => severity === 'fault')]).toEqual([seed, []]);
    expect(report.ok).toBe(true);
    for (const { run, lines, proven, hasEnded } of report.runs)
      if (hasEnded) expect([seed, run, proven]).toEqual([seed, run, lines]);
    directory.remove();
  }
});
