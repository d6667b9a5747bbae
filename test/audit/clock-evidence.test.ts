/**
 * Clock evidence: what the kernel and chrony say is read as they say it, and stands in the audit file under the same proof as events.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ClockEvidence } from '../../src/audit/clock-evidence.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { readClockStatus, statusOf, statusOfChrony } from '../../src/clock/clock-status.ts';
import { createLogging } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';

test('adjtimex: offsets in nano- or microseconds, and no bound where nobody keeps the clock', () => {
  const timex = (offset: bigint, error: bigint, status: number) => {
    const bytes = Buffer.alloc(208);
    bytes.writeBigInt64LE(offset, 8);
    bytes.writeBigInt64LE(error, 24);
    bytes.writeInt32LE(status, 40);
    return bytes;
  };
  expect(statusOf(timex(-2_500n, 80n, 0x2001), 0)).toEqual({
    source: 'adjtimex',
    offsetMicros: -2.5,
    maxErrorMicros: 80,
    isSynchronised: true,
  });
  expect(statusOf(timex(7n, 80n, 1), 0)).toMatchObject({ offsetMicros: 7 });
  expect(statusOf(timex(0n, 16_000_000n, 0x40), 5)).toEqual({ source: 'adjtimex', offsetMicros: 0, isSynchronised: false });
});

test('chrony: its bound is offset, dispersion and half the delay', () => {
  const line = 'C0248F97,192.36.143.151,2,1764385200.1,0.000012,-0.000003,0.00002,-12.3,0.001,0.03,0.004,0.0005,64.2,Normal\n';
  const status = statusOfChrony(line)!;
  expect(status).toMatchObject({ source: 'chrony', isSynchronised: true });
  expect(status.offsetMicros).toBeCloseTo(12);
  expect(status.maxErrorMicros).toBeCloseTo(12 + 500 + 2_000);
  expect(statusOfChrony('506 Cannot talk to daemon\n')).toBe(undefined);
});

test('a record at the start, one each minute, and one at each step over a millisecond', async () => {
  let unix = 1_764_385_200_000;
  let monotonic = 5_000;
  const lines: Record<string, unknown>[] = [];
  const evidence = new ClockEvidence({
    run: 'r',
    write: (line) => void lines.push(JSON.parse(line.toString())),
    unixMillis: () => unix,
    monotonicMillis: () => monotonic,
    read: async () => ({ source: 'unknown' }),
  });
  for (let second = 0; second <= 130; second++) {
    await evidence.look();
    unix += 1_000 + (second === 70 ? -3_600_000 : 0);
    monotonic += 1_000;
  }
  expect(lines.map(({ why, step_us: step }) => [why, step])).toEqual([
    ['start', undefined],
    ['minute', undefined],
    ['step', -3_600_000_000],
  ]);
  expect(lines[0]).toMatchObject({ event: 'hft.clock', run: 'r', source: 'unknown' });
});

test('the lines are leaves of the run, and whoever keeps this machine’s clock is asked', async () => {
  expect(['adjtimex', 'chrony', 'unknown']).toContain((await readClockStatus()).source);
  using folder = temporaryFolder();
  const path = join(folder.path, 'audit.jsonl');
  const logging = createLogging({ handleExits: false, backends: { audit: { path, rotation: 'none', clockEvidence: true } } });
  await logging.ready;
  logging.getLogger('x').audit('placed', {});
  await logging.flush();
  await logging.shutdown();
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ event }) => event).sort()).toEqual(['hft.clock', 'placed']);
  const report = await verifyTrail({ files: [path] });
  expect([report.ok, report.runs[0]]).toMatchObject([true, { lines: 2, proven: 2, events: 1 }]);
});
