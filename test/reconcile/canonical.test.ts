// One event has one canonical text, whether it was read from a host's line, from OTLP's JSON or from Loki. That the package's own writers and
// the real servers agree is test/stack/reconcile.test.ts.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalText, digestOf } from '../../src/reconcile/canonical.ts';
import { readHostLine, unixNanosOf } from '../../src/reconcile/host-line.ts';
import { readOtlpLine } from '../../src/reconcile/otlp-line.ts';
import type { Unreadable } from '../../src/reconcile/sighting.ts';
import { hostFiles } from '../../src/reconcile/sources.ts';

const HEAD = { time: '2026-11-29T02:26:08.274598986Z', audit_seq: 7, event: 'order_placed', run: 'r-1', logger: 'exchange.mexc' };

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function anyValue(value: Json): unknown {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value) } };
}

function keyValues(fields: { [key: string]: Json }): unknown[] {
  return Object.entries(fields).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function otlpLine(fields: { [key: string]: Json }): string {
  const record = {
    timeUnixNano: '1795919168274598986',
    body: { stringValue: HEAD.event },
    eventName: HEAD.event,
    attributes: keyValues({ 'hft.audit': true, 'hft.audit.seq': HEAD.audit_seq, 'event.name': HEAD.event, ...fields }),
  };
  const resource = { attributes: keyValues({ 'service.instance.id': HEAD.run }) };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: HEAD.logger }, logRecords: [record] }] }] });
}

const key = fc
  .string({ minLength: 1, maxLength: 8 })
  .filter(
    (name) =>
      !/_$|^(time|audit_seq|event|run|logger|trace_id|span_id|seq|tags|…)$|^(hft\.|event\.)/.test(name) && name !== '__proto__',
  );
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
})).value as fc.Arbitrary<Json>;

test('a host’s line and OTLP’s JSON of one event have one digest, in both views; one that was changed has another', () => {
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 5 }), fc.integer(), (fields, changed) => {
      const host = readHostLine(JSON.stringify({ ...HEAD, ...fields, seq: 1 }))!;
      const [far] = readOtlpLine(otlpLine(fields));
      expect(host.run).toBe(far!.run);
      expect(host.number).toBe(far!.number);
      expect(canonicalText(host, 'whole')).toBe(canonicalText(far!, 'whole'));
      expect(canonicalText(host, 'flat')).toBe(canonicalText(far!, 'flat'));
      const [other] = readOtlpLine(otlpLine({ ...fields, x: `${JSON.stringify(fields.x ?? '')}${changed}` }));
      expect(digestOf(other!, 'whole')).not.toBe(digestOf(host, 'whole'));
      expect(digestOf(other!, 'flat')).not.toBe(digestOf(host, 'flat'));
    }),
    { numRuns: 500 },
  );
});

test('a field with a name of the line’s own is told from it', () => {
  const line = { ...HEAD, time_: 'mine', run__: 'mine', seq_: 9, seq: 4, plain_: 1 };
  expect(readHostLine(JSON.stringify(line))).toMatchObject({
    run: 'r-1',
    fields: { time: 'mine', run: 'mine', seq: 9, plain_: 1 },
  });
});

test('times to the nanosecond, with and without a fraction', () => {
  expect(unixNanosOf('2026-11-29T02:26:08.274598986Z')).toBe('1795919168274598986');
  expect(unixNanosOf('2026-11-29T02:26:08.27Z')).toBe('1795919168270000000');
  expect(unixNanosOf('2026-11-29T02:26:08Z')).toBe('1795919168000000000');
});

test('plain and gzip’d files; log lines in the trail are passed over; what is no record is told with file and line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hft-otel-test-'));
  try {
    const event = (number: number) => JSON.stringify({ ...HEAD, audit_seq: number });
    const logLine = JSON.stringify({ time: HEAD.time, level: 'info', msg: 'x', run: 'r-1' });
    writeFileSync(join(folder, 'a.jsonl'), `${event(1)}\n${logLine}\n\u0000garbage\n${event(2)}\n{"time":"2026-`);
    writeFileSync(join(folder, 'b.jsonl.gz'), gzipSync(`${event(3)}\n`));
    const unreadable: Unreadable[] = [];
    const found: [number, string, number][] = [];
    const paths = ['a.jsonl', 'b.jsonl.gz'].map((name) => join(folder, name));
    const reading = {
      view: 'whole',
      onProgress: () => {},
      onUnreadable: (what: Unreadable) => void unreadable.push(what),
    } as const;
    for await (const sightings of hostFiles(paths, reading))
      for (const { number, place, line } of sightings) found.push([number, place, line]);
    expect(found).toEqual([
      [1, paths[0], 1],
      [2, paths[0], 4],
      [3, paths[1], 1],
    ]);
    expect(unreadable.map(({ line, why }) => [line, why])).toEqual([
      [3, expect.stringMatching(/^no record/)],
      [5, expect.stringMatching(/still being written, or torn/)],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
