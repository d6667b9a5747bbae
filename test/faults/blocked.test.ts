import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { program } from './support/programs.ts';

/** HFT_TEST_BLOCK_MILLIS=10000 for the long run. */
const BLOCK_MILLIS = process.env.HFT_TEST_BLOCK_MILLIS ?? '400';
const LEVELS = ['debug', 'info', 'warning', 'error'] as const;

test(`an event loop blocked for ${BLOCK_MILLIS} ms while rings overflow: produced = delivered + counted for each level, the marks add up, audits are complete`, async () => {
  using folder = temporaryFolder();
  const result = await runProgram(program('blocked.ts'), [folder.path, BLOCK_MILLIS, '8000'], { timeoutMillis: 280_000 });
  expect(result.code, result.stderr).toBe(0);
  const { written, audits, report, health } = JSON.parse(result.stdout);
  expect(report).toMatchObject({ complete: true, pending: 0 });
  const lines = jsonLinesIn(folder.path, 'app');
  const { dropped, droppedTotal } = health.lanes.logs;
  const marks = lines.filter(({ logger }) => logger === 'hft-otel');
  const lost: Record<string, number> = {};
  for (const level of LEVELS) {
    const delivered = lines.filter((line) => line.level === level && line.msg === 'tick').map(({ n }) => n as number);
    expect(new Set(delivered).size).toBe(delivered.length);
    lost[level] = dropped[level]?.ring_full ?? 0;
    expect(delivered.length + lost[level], level).toBe(written[level]);
    expect(
      marks.reduce((sum, mark) => sum + ((mark[`${level}_`] ?? mark[level] ?? 0) as number), 0),
      level,
    ).toBe(lost[level]);
  }
  expect(droppedTotal).toBeGreaterThan(0);
  expect(marks.reduce((sum, { lost }) => sum + (lost as number), 0)).toBe(droppedTotal);
  // Lesser levels go first.
  expect(lost.debug).toBeGreaterThanOrEqual(lost.info);
  expect(lost.info).toBeGreaterThanOrEqual(lost.warning);
  expect(lost.warning).toBeGreaterThanOrEqual(lost.error);
  expect(health.backends.file.taken).toBe(health.backends.file.delivered);
  expect(health.backends.file.taken).toBe(health.lanes.logs.accepted);
  expect(lines.length - marks.length).toBe(health.backends.file.delivered);
  const numbers = jsonLinesIn(folder.path, 'audit').map(({ audit_seq }) => audit_seq as number);
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: audits }, (_, i) => i + 1));
  if (process.env.HFT_TEST_BLOCK_MILLIS !== undefined)
    console.log(`blocked for ${BLOCK_MILLIS} ms: ${JSON.stringify({ written, lost, marks: marks.length, audits })}`);
}, 300_000);
