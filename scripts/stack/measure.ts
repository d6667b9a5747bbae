// node scripts/stack/measure.ts [seconds] [records per second]: how long a record of our package takes from the call until Loki shows it, and what
// agent, gateway and stores cost meanwhile. Figures for docs/sizing.md; of a machine that does nothing else.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPOSITORY } from '../servers/versions.ts';
import { type Arrivals, watchArrivals } from './measure/arrivals.ts';
import type { LoadOrder, LoadReport } from './measure/load-order.ts';
import { CostMeter } from './measure/process-cost.ts';
import { queryLoki } from './query.ts';
import { startStack } from './stack.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const RECORDS_PER_SECOND = Number(process.argv[3] ?? 10_000);
const SERVICE = 'load';
/** Connections are made, code is compiled. */
const WARM_UP_MILLIS = 5_000;
const DRAIN_MILLIS = 10_000;

/** What others do on this machine is in every figure: more than a few tenths, and they are those of a busy machine. */
const loadBefore = loadavg()[0]!.toFixed(1);
const folder = join(REPOSITORY, '.cache', 'measure');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const stack = await startStack({ folder });
try {
  const order: LoadOrder = {
    service: SERVICE,
    otlpUrl: stack.otlpUrl,
    auditOtlpUrl: stack.auditOtlpUrl,
    recordsPerSecond: RECORDS_PER_SECOND,
    seconds: SECONDS + WARM_UP_MILLIS / 1000,
  };
  const load = fork(join(import.meta.dirname, 'measure', 'load.ts'), [JSON.stringify(order)]);
  process.on('exit', () => load.kill('SIGKILL'));
  const reported = once(load, 'message') as Promise<[LoadReport]>;
  await sleep(WARM_UP_MILLIS);
  const watching = new AbortController();
  const arrivals = (['logs', 'audit'] as const).map((lane) => watchArrivals(stack.lokiUrl, SERVICE, lane, watching.signal));
  const meter = new CostMeter(
    new Map([['service', load.pid!], ...Object.entries(stack.servers).map(([name, { pid }]) => [name, pid] as const)]),
  );
  await sleep(SECONDS * 1000);
  const costs = meter.end();
  const [report] = await reported;
  await sleep(DRAIN_MILLIS);
  watching.abort();
  const [logs, audits] = (await Promise.all(arrivals)) as [Arrivals, Arrivals];
  const { series } = await queryLoki(stack.lokiUrl, `sum(count_over_time({service_name="${SERVICE}"}[1h]))`);

  say(`${RECORDS_PER_SECOND} records/s for ${SECONDS} s; ${cpus().length} × ${cpus()[0]?.model}; load before ${loadBefore}\n`);
  say(`service: ${JSON.stringify(report)}, in Loki ${series[0]?.samples[0]?.value}`);
  say('\nfrom the call to being in the answer of a query, ms');
  sayShares('logs', logs.delays);
  sayShares('audits', audits.delays);
  sayShares('(a query)', [...logs.questions, ...audits.questions]);
  say('\ncores and most memory');
  for (const [name, { cores, mostResidentBytes }] of costs)
    say(`  ${name.padEnd(12)} ${cores.toFixed(2)} cores  ${Math.round(mostResidentBytes / 1024 / 1024)} MiB`);
} finally {
  await stack.stop();
}
process.exit();

function sayShares(name: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  say(`  ${name.padEnd(10)} n ${sorted.length}  p50 ${at(0.5)}  p90 ${at(0.9)}  p99 ${at(0.99)}  max ${at(1)}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
