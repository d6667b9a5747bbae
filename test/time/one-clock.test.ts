/**
 * Time comes from `time/` alone: a reading or a timer taken elsewhere is one that a test runner's fake clock reaches, or that cannot be compared with the others.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSources, SRC } from '../../scripts/architecture/house.ts';

/** The readings and timers of Node. `new Date(x)` is no reading: it only divides a time into days and hours. */
const TAKES_TIME =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bhrtime\b|(?<![.\w#])(?:set|clear)(?:Timeout|Interval|Immediate)\b|['"](?:node:)?(?:timers(?:\/promises)?|perf_hooks)['"]/;

/** Measures the event loop itself, with what Node has for that; its own windows are taken from the one clock. */
const MEASURES_THE_LOOP = 'adapters/register/runtime-metrics.ts';

/** They use the package as its users do. */
const USERS = /^(?:demo|cli)\//;

/** Without its comments. */
const codeOf = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');

test('no file outside time/ reads a clock or sets a timer of Node itself', () => {
  const takers = readSources()
    .filter(({ path }) => !path.startsWith('time/') && !USERS.test(path) && path !== MEASURES_THE_LOOP)
    .flatMap(({ path }) =>
      codeOf(readFileSync(join(SRC, path), 'utf8'))
        .split('\n')
        .filter((line) => TAKES_TIME.test(line) && !/^\s*(?:readonly )?(?:set|clear)Timeout\(/.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
  expect(takers).toEqual([]);
});

test.each([
  'const now = Date.now();',
  'setTimeout(() => {}, 1);',
  "import { setTimeout } from 'node:timers';",
  'const x = process.hrtime.bigint();',
  'performance.now()',
  'return new Date().toISOString();',
])('would be found: %s', (line) => {
  expect(TAKES_TIME.test(codeOf(line))).toBe(true);
});

test.each(['// at most Date.now()', 'this.#timers.setTimeout(end, 1);', 'new Date(millis)'])('is no reading: %s', (line) => {
  expect(TAKES_TIME.test(codeOf(line))).toBe(false);
});
