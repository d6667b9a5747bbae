/**
 * Every way to end × every state of the worker: all audit events are in the file, each once or more, and so are all log records, unless the time for the exit
 * was zero.
 *
 * `npm test` takes a sample, and HFT_SEED another one; HFT_TEST_EXITS=all takes every pair.
 */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { SEED } from '../support/seed.ts';
import { WAYS } from './programs/ways.ts';
import { runWay } from './run-way.ts';

const STATES = ['not begun', 'booting', 'idle', 'busy', 'hung', 'dead'] as const;
const RECORDS = 300;

const pairs = Object.keys(WAYS).flatMap((way) => STATES.map((state) => ({ way, state })));
const SAMPLE = 12;
const chosen =
  process.env.HFT_TEST_EXITS === 'all'
    ? pairs
    : Array.from({ length: SAMPLE }, (_, i) => pairs[((SEED * SAMPLE + i) * 37) % pairs.length]);

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const distinct = (lines: readonly Record<string, unknown>[], key: string) =>
  [...new Set(lines.map((line) => line[key]).filter((value) => typeof value === 'number'))].sort((a, b) => a - b);

test.each(chosen)(
  '$way, worker $state',
  async ({ way, state }) => {
    using folder = temporaryFolder();
    const { ends, late = 0 } = WAYS[way];
    const result = await runWay(folder.path, way, state, RECORDS);
    const [code, signal] = typeof ends === 'number' ? [ends, null] : [null, ends];
    expect({ code: result.code, signal: result.signal }, result.stderr).toEqual({ code, signal });
    expect(distinct(jsonLinesIn(folder.path, 'audit'), 'i'), result.stderr).toEqual(upTo(RECORDS + late));
    expect(distinct(jsonLinesIn(folder.path, 'app'), 'i'), result.stderr).toEqual(upTo(RECORDS + late));
  },
  70_000,
);

test.each(STATES.flatMap((state) => ['process.exit', 'SIGTERM', 'throw'].map((way) => ({ way, state }))))(
  'an exit that may take no time at all loses no audit event: $way, worker $state',
  async ({ way, state }) => {
    using folder = temporaryFolder();
    const result = await runProgram('exit-matrix.ts', [folder.path, way, state, `${RECORDS}`, '0'], { timeoutMillis: 40_000 });
    expect(distinct(jsonLinesIn(folder.path, 'audit'), 'audit_seq'), result.stderr).toEqual(upTo(RECORDS));
    expect(distinct(jsonLinesIn(folder.path, 'audit'), 'i'), result.stderr).toEqual(upTo(RECORDS));
  },
  50_000,
);
