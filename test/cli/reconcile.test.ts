/**
 * `hft-otel audit reconcile` as an operator runs it: what it says, and its exit code.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start } from '../demo/demo-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'hft-otel-reconcile-test-'));
const host = join(folder, 'host.jsonl');
const gateway = join(folder, 'gateway.jsonl');

const hostLine = (number: number, price = number) =>
  JSON.stringify({
    time: '2026-11-29T02:26:08.274598986Z',
    audit_seq: number,
    event: 'order_placed',
    run: 'r-1',
    logger: 'exchange.mexc',
    price,
    seq: number,
  });

const gatewayLine = (numbers: readonly number[], run = 'r-1') =>
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.instance.id', value: { stringValue: run } }] },
        scopeLogs: [
          {
            scope: { name: 'exchange.mexc' },
            logRecords: numbers.map((number) => ({
              timeUnixNano: '1795919168274598986',
              eventName: 'order_placed',
              attributes: [
                { key: 'hft.audit.seq', value: { intValue: String(number) } },
                { key: 'price', value: { intValue: String(number) } },
              ],
            })),
          },
        ],
      },
    ],
  });

beforeAll(() => {
  writeFileSync(host, `${Array.from({ length: 20 }, (_, index) => hostLine(index + 1)).join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (lines: readonly string[], ...words: string[]) => {
  writeFileSync(gateway, `${lines.join('\n')}\n`);
  return start(['audit', 'reconcile', host, '--gateway', gateway, ...words]).ended;
};
const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1);

describe('two sides', () => {
  test('that are equal: exit code 0, and copies and other runs are no fault', async () => {
    const { code, stdout } = await run([gatewayLine(upTo(20)), gatewayLine([3]), gatewayLine([1], 'another')]);
    expect(stdout).toMatch(/20 events on the host, 20 of them at the far end/);
    expect(stdout).toMatch(/1 copies at the far end, equal to the first/);
    expect(stdout).toMatch(/1 events at the far end are of other runs/);
    expect(stdout).toMatch(/Whole: all 20 events/);
    expect(code).toBe(0);
  });

  test('with events missing, changed and foreign: exit code 1, each with its number and place', async () => {
    const numbers = [...upTo(20).filter((number) => ![4, 5, 6, 12].includes(number)), 21];
    const changed = gatewayLine([7]).replace('"intValue":"7"}}]', '"intValue":"8"}}]');
    const { code, stdout } = await run([gatewayLine(numbers.filter((number) => number !== 7)), changed]);
    expect(stdout).toMatch(/4 missing at the far end: 4–6, 12/);
    expect(stdout).toMatch(/1 at the far end and not on the host: 21/);
    expect(stdout).toMatch(/1 that differ/);
    expect(stdout).toContain(`different   r-1 7   ${host}:7  ↔  ${gateway}:2`);
    expect(stdout).toMatch(/Not whole\./);
    expect(code).toBe(1);
  });

  test('for a timer job: the result as a page for Prometheus, also when nothing could be compared', async () => {
    const metrics = join(folder, 'reconcile.prom');
    const words = ['--quiet', '--service', 'gw "1"', '--metrics', metrics];
    const values = () =>
      Object.fromEntries(
        [...readFileSync(metrics, 'utf8').matchAll(/^hft_audit_reconcile_(\w+)\{service_name="gw _1_"\} (\S+)$/gm)].map(
          ([, name, value]) => [name, Number(value)],
        ),
      );
    expect((await run([gatewayLine(upTo(20))], ...words)).code).toBe(0);
    expect(values()).toMatchObject({ exit_code: 0, events: 20, missing_events: 0 });
    expect((await run([gatewayLine([...upTo(18), 21])], ...words)).code).toBe(1);
    expect(values()).toMatchObject({ exit_code: 1, events: 20, missing_events: 2, foreign_events: 1, different_events: 0 });
    const absent = ['audit', 'reconcile', host, '--gateway', join(folder, 'absent'), ...words];
    expect((await start(absent).ended).code).toBe(2);
    expect(values()).toMatchObject({ exit_code: 2, events: 0 });
    expect(Math.abs(values().time_seconds! - Date.now() / 1_000)).toBeLessThan(600);
  });

  test('as JSON: the counts, the ranges, the findings', async () => {
    const { code, stdout } = await run([gatewayLine(upTo(18))], '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      hereEvents: 20,
      thereEvents: 18,
      runs: [{ run: 'r-1', missing: 2, missingRanges: [[19, 20]] }],
      findings: [{ kind: 'missing', number: 19, here: `${host}:19` }, { number: 20 }],
    });
    expect(code).toBe(1);
  });
});

describe('what cannot be compared: exit code 2, with what to do', () => {
  test.each([
    [[host], /The far end is missing: --gateway FILE,… or --loki URL/],
    [[join(folder, 'none.jsonl'), '--gateway', host], /none\.jsonl: ENOENT/],
    [[], /FILE… is missing: audit files of the host/],
    [[host, '--loki', 'http://127.0.0.1:1'], /cannot be reached: .*Is Loki's port right\?/],
    [[host, '--loki', 'nowhere'], /expected a URL/],
    [[host, '--loki', 'http://127.0.0.1:1', '--from', 'yesterday'], /--from yesterday: expected a time such as/],
  ])('%j', async (words, message) => {
    const { code, stderr } = await start(['audit', 'reconcile', ...words]).ended;
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test('files that are no audit files', async () => {
    const other = join(folder, 'other.jsonl');
    writeFileSync(other, '{"a":1}\n');
    const { code, stderr } = await start(['audit', 'reconcile', other, '--gateway', gateway]).ended;
    expect(stderr).toMatch(/No audit event in .*other\.jsonl\. Are these files of the audit backend\?/);
    expect(code).toBe(2);
  });
});
