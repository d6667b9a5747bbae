/**
 * A real collector that goes away, with the service restarted and killed meanwhile: what it has in its file at the end is compared with what was produced.
 *
 * HFT_OUTAGE_SECONDS sets how long it is away; default 8.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts, type RunningServer, startServer } from '../../scripts/servers/process.ts';
import { executable } from '../../scripts/servers/versions.ts';
import { type Produced, ProducingService } from '../spool/producing-service.ts';
import { parseAuditLine } from '../stack/support.ts';

const AWAY_SECONDS = Number(process.env.HFT_OUTAGE_SECONDS ?? 8);

test(`a collector that is away for ${AWAY_SECONDS} s, with a restart and a kill of the service inside`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hft-otel-outage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [http, health] = await freePorts(2);
  const file = join(folder, 'received.jsonl');
  const config = join(folder, 'collector.yaml');
  writeFileSync(
    config,
    `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${http}" } } } }
exporters: { file: { path: "${file}", append: true } }
extensions: { health_check: { endpoint: "127.0.0.1:${health}" } }
service:
  telemetry: { metrics: { level: none } }
  extensions: [health_check]
  pipelines: { logs: { receivers: [otlp], exporters: [file] } }
`,
  );
  const start = (): Promise<RunningServer> =>
    startServer({
      name: 'collector',
      program: executable('collector'),
      args: ['--config', config],
      logPath: join(folder, 'collector.log'),
      ready: `http://127.0.0.1:${health}/`,
    });
  const url = `http://127.0.0.1:${http}`;
  let collector = await start();
  onTestFinished(() => collector.stop());
  const serviceFrom = (from: Produced) => new ProducingService({ url, folder, from, further: [10_000] });
  const first = serviceFrom({ logs: 0, audits: 0, lost: 0 });
  await expect.poll(() => first.last.logs, { timeout: 30_000 }).toBeGreaterThan(500);
  // Not killed: its file exporter answers for what it has in memory.
  await collector.stop();
  await sleep((AWAY_SECONDS * 1_000) / 2);
  // Restarted inside.
  const one = await first.end('stop');
  const second = serviceFrom(one);
  await expect.poll(() => second.last.logs, { timeout: 30_000 }).toBeGreaterThan(one.logs + 500);
  await sleep((AWAY_SECONDS * 1_000) / 2);
  // Killed inside. What it had in memory is the next one's to recover; numbers that it may not have told of are not given again.
  const two = await second.end('kill');
  const third = serviceFrom({ logs: two.logs + 10_000, audits: two.audits + 1_000, lost: 0 });
  await expect.poll(() => third.last.logs, { timeout: 30_000 }).toBeGreaterThan(two.logs + 10_500);
  collector = await start();
  const backAt = Date.now();
  const read = () => readFileSync(file, 'utf8').split('\n').slice(0, -1).flatMap(parseAuditLine);
  const numbersOf = (isAudit: boolean) =>
    new Set(
      read()
        .filter(({ attributes }) => (attributes['hft.audit'] === true) === isAudit)
        .map(({ attributes: { i } }) => Number(i)),
    );
  await expect.poll(() => numbersOf(true).has(two.audits + 1_000), { timeout: 60_000, interval: 500 }).toBe(true);
  const caughtUpMillis = Date.now() - backAt;
  // Logs have a circuit of their own, which may pause longer.
  await expect.poll(() => numbersOf(false).has(two.logs + 10_000), { timeout: 60_000, interval: 500 }).toBe(true);
  // What the killed one had in memory is recovered in the background.
  await expect
    .poll(() => numbersOf(true).has(two.audits - 1) && numbersOf(false).has(two.logs - 1), { timeout: 60_000, interval: 500 })
    .toBe(true);
  const three = await third.end('stop');
  await collector.stop();
  const leftOut = { logs: 10_000, audits: 1_000 };
  const missing = (lane: 'logs' | 'audits') => {
    const arrived = numbersOf(lane === 'audits');
    const called = Array.from({ length: three[lane] }, (_, n) => n).filter(
      (n) => n < two[lane] || n >= two[lane] + leftOut[lane],
    );
    return { called: called.length, missing: called.filter((n) => !arrived.has(n)) };
  };
  const [logs, audits] = [missing('logs'), missing('audits')];
  const lost = one.lost + two.lost + three.lost;
  console.log(
    `away ${AWAY_SECONDS} s: ${audits.called} audit events, ${audits.missing.length} missing; ${logs.called} log records, ${logs.missing.length} missing, ${lost} declared lost; the outage's events were there ${caughtUpMillis} ms after the collector`,
  );
  expect(lost).toBe(0);
  expect(audits.missing).toEqual([]);
  expect(logs.missing).toEqual([]);
}, 600_000);
