/** The verifier knows every line that hft-otel writes into an audit file, and its time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RingLines } from '../../src/audit/event-lines.ts';
import { formOf } from '../../src/audit/verify/line-form.ts';
import { OWN_SCOPE } from '../../src/codec/decode.ts';
import { createLogging } from '../../src/index.ts';
import { voidEvents } from '../../src/recovery/void-numbers.ts';
import { temporaryFolder } from '../support/child.ts';
import { runMemory } from '../support/run-memory.ts';
import { type Kind, lineOf } from './one-process.ts';

const kindsOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => ({ line, ...formOf(Buffer.from(line)) }));

test('events, log records, marks of lost ones and clock evidence of an instance, and what a recovery puts in place of cut-off events', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'audit.jsonl');
  const since = Date.now();
  const logging = createLogging({
    service: { name: 'gateway', instanceId: 'i-1' },
    handleExits: false,
    diagnosticLevel: 'none',
    ringBufferSize: 16_384,
    backends: { audit: { path, rotation: 'none', level: 'debug', clockEvidence: true } },
  });
  const log = logging.getStrategyLogger('mm', ['mexc', 'spot', 'ws', 'trading']);
  log.audit('{"time":"no time","audit_seq":7', { run: ',"run":"x"', time: 'x' });
  // In one tick, more than the ring holds.
  for (let i = 0; i < 1_000_000 && logging.health().lanes.logs.droppedTotal === 0; i++)
    for (let j = 0; j < 1_000; j++) log.warn('{"time":"', { i });
  await logging.flush();
  log.audit('hft.audit.void of my own', {});
  await logging.shutdown();
  const lines = kindsOf(readFileSync(path, 'utf8'));
  const count = (kind: string) => lines.filter((each) => each.kind === kind).length;
  expect(lines.filter(({ kind }) => kind === 'foreign')).toEqual([]);
  expect([count('event'), count('clock') > 0, count('log') > 0, count('own') > 0]).toEqual([2, true, true, true]);
  expect(lines.find(({ kind }) => kind === 'own')?.line).toContain('records lost');
  for (const { line, unixMillis } of lines) {
    expect(unixMillis).toBe(Date.parse(`${line.slice(9, 32)}Z`));
    expect(Math.abs(unixMillis - since)).toBeLessThan(600_000);
  }

  const memory = voidEvents('void', [7, 9], { readClock: () => 5n, scope: OWN_SCOPE });
  const voided = new RingLines(memory, runMemory(), 'i-1/5f1c9a02').next()!;
  expect(kindsOf(Buffer.from(voided.bytes).toString()).map(({ kind }) => kind)).toEqual(['own', 'own']);
});

const KINDS = ['event', 'log', 'clock', 'void', 'mark'] as const satisfies readonly Kind[];

test('the time is that of the line to the millisecond, also behind the rest of a line that was cut; with anything else in its place the line is foreign', () => {
  const time = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), time, fc.nat(10), fc.nat(8), (kind, date, cut, at) => {
      const line = lineOf(kind, 'run-1', date.getTime(), 3);
      const expected = { kind: kind === 'void' || kind === 'mark' ? 'own' : kind, unixMillis: date.getTime() };
      expect(formOf(Buffer.from(line))).toEqual(expected);
      expect(formOf(Buffer.from(line.slice(0, cut) + line))).toEqual(expected);
      expect(formOf(Buffer.from(line.slice(0, 9 + at)))).toMatchObject({ kind: 'foreign' });
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.string({ unit: 'binary' }), (kind, text) => {
      fc.pre(!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\d*Z$/.test(text));
      const line = lineOf(kind, 'run-1', 0, 3).replace(/"time":"[^"]*"/, () => `"time":${JSON.stringify(text)}`);
      expect(formOf(Buffer.from(line))).toMatchObject({ kind: 'foreign', unixMillis: Number.NaN });
    }),
  );
});
