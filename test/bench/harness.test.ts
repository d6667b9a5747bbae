import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CASES, selectCases } from '../../bench/catalogue.ts';
import { type CaseReport, rowsOf } from '../../bench/harness/figure.ts';
import { Latencies } from '../../bench/harness/latencies.ts';
import { proveLines, readLines } from '../../bench/harness/lines.ts';
import { highestHeld } from '../../bench/harness/search.ts';
import { tableOf } from '../../bench/harness/table.ts';

describe('rows', () => {
  const report = (...samples: number[]): CaseReport => ({
    figures: [
      { name: 'call', unit: 'ns', better: 'lower', samples, target: 60 },
      { name: 'call', unit: '×', better: 'lower', samples: [0.025], target: 1 / 30 },
    ],
    proof: [],
  });

  test('a figure over several processes is the median of their medians, with the best round of all', () => {
    const [row] = rowsOf([report(50, 51, 99), report(80, 70, 75), report(40, 58, 59)]);
    expect(row).toMatchObject({ median: 58, best: 40, met: true, perProcess: [51, 75, 58], rounds: 9 });
  });

  test('figures of one name stay apart', () => {
    expect(rowsOf([report(50)])[1]).toMatchObject({ median: 0.025, met: true });
  });

  test('a missed target is said, a ratio is shown as the targets write it', () => {
    const table = tableOf(rowsOf([report(61)]));
    expect(table).toMatch(/61\.0 ns .*≤ 60\.0 ns {2}MISSED/);
    expect(table).toMatch(/1\/40\.0 .*≤ 1\/30\.0 {2}met/);
  });
});

test('percentiles of latencies are at most one bucket above those of the sorted list', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(2_000_000), { minLength: 1, maxLength: 400 }),
      fc.constantFrom(0.5, 0.99, 0.9999),
      (list, share) => {
        const latencies = new Latencies();
        for (const nanos of list) latencies.record(nanos);
        const exact = list.toSorted((a, b) => a - b)[Math.ceil(list.length * share) - 1];
        expect(latencies.percentile(share)).toBeGreaterThanOrEqual(exact);
        expect(latencies.percentile(share)).toBeLessThanOrEqual(exact + (exact < 100_000 ? 10 : 1_000));
        expect(latencies.max).toBe(Math.max(...list));
      },
    ),
  );
});

test('the search finds the highest rate that is held, and holds it for the whole time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 500_000, max: 9_000_000 }), async (limit) => {
      const attempt = async (callsPerSecond: number, seconds: number) => ({
        held: callsPerSecond <= limit,
        callsPerSecond,
        seconds,
      });
      const found = await highestHeld(attempt, { trialSeconds: 0.1, holdSeconds: 10 });
      expect(found).toMatchObject({ held: true, seconds: 10 });
      expect(found!.callsPerSecond).toBeGreaterThan(limit * 0.9);
    }),
  );
});

describe('lines read back', () => {
  const expected = (call: number) => ({ message: 'order placed', fields: { price: call } });
  const lines = (...sequences: number[]) => sequences.map((seq) => ({ seq, msg: 'order placed', price: seq - 1 }));

  test('the last of all calls, each what it was given, are proved', () => {
    expect(proveLines(lines(7, 8, 9), 9, expected)).toContain('lines 7 to 9');
  });

  test.each([
    ['a line is missing', lines(7, 9)],
    ['a line comes twice', lines(7, 8, 8, 9)],
    ['the last one is missing', lines(7, 8)],
    ['there is none', []],
    ['a field is another', [{ seq: 9, msg: 'order placed', price: 7 }]],
    ['a message is another', [{ seq: 9, msg: 'order filled', price: 8 }]],
  ])('not when %s', (_why, found) => {
    expect(() => proveLines(found, 9, expected)).toThrow('Not proved');
  });

  test('a file that ends within a line is no proof', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bench-lines-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'calls.jsonl');
    writeFileSync(path, '{"seq":1}\n{"seq":2}');
    expect(() => readLines(path)).toThrow('ends with a newline');
  });
});

describe('the catalogue', () => {
  test('names are unique and their files exist', () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
    for (const { file } of CASES) expect(existsSync(new URL(`../../bench/${file}`, import.meta.url)), file).toBe(true);
  });

  test('a filter is a part of the name or a regular expression', () => {
    expect(selectCases(['log/4']).map(({ name }) => name)).toEqual(['log/4-fields']);
    expect(selectCases(['log/4', 'log/no-f']).map(({ name }) => name)).toEqual(['log/4-fields', 'log/no-fields']);
    expect(selectCases(['^(sustained|worker)/']).map(({ name }) => name.split('/')[0])).toEqual([
      'worker',
      'worker',
      'sustained',
      'sustained',
    ]);
    expect(selectCases([])).toEqual(CASES);
  });
});
