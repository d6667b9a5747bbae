// node scripts/scale/measure.ts [seconds] [records/s of each process]: what a record costs each stage when 1, 2 and 4 processes log through agents,
// gateways, Kafka and writers on this machine: CPU time from /proc, so that a busy machine says nearly the same as a quiet one. The figures go into parameters.ts.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPOSITORY } from '../servers/versions.ts';
import { startCluster } from '../stack/cluster.ts';
import type { LoadOrder, LoadReport } from '../stack/measure/load-order.ts';
import { CostMeter } from '../stack/measure/process-cost.ts';
import { type CostPoint, fitCost } from './fit.ts';

const SECONDS = Number(process.argv[2] ?? 30);
const RECORDS_PER_SECOND = Number(process.argv[3] ?? 2_000);
const PROCESSES = (process.argv[4] ?? '1,2,4').split(',').map(Number);
/** Connections are made, code is compiled. */
const WARM_UP_MILLIS = 5_000;
/** What is still in queues when the load ends is worked off within this time: it belongs to the cost. */
const DRAIN_MILLIS = 8_000;

const folder = join(REPOSITORY, '.cache', 'scale');
const pointsOfTiers = new Map<string, CostPoint[]>();
process.stdout.write(
  `${cpus().length} × ${cpus()[0]?.model}; load before ${loadavg()[0]!.toFixed(1)}; ${RECORDS_PER_SECOND} records/s a process\n`,
);
for (const processes of PROCESSES) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const cluster = await startCluster({ folder });
  try {
    await sleep(WARM_UP_MILLIS);
    const loads = Array.from({ length: processes }, (_, index) => {
      const agent = cluster.agents[index % cluster.agents.length]!;
      const order: LoadOrder = {
        service: `load-${index + 1}`,
        otlpUrl: agent.otlpUrl,
        auditOtlpUrl: agent.auditOtlpUrl,
        recordsPerSecond: RECORDS_PER_SECOND,
        seconds: SECONDS,
      };
      return fork(join(import.meta.dirname, '..', 'stack', 'measure', 'load.ts'), [JSON.stringify(order)]);
    });
    process.on('exit', () => loads.map((load) => load.kill('SIGKILL')));
    const meter = new CostMeter(new Map([...cluster.servers].map(([name, { pid }]) => [name, pid])));
    const reports = (await Promise.all(loads.map((load) => once(load, 'message')))).map(([report]) => report as LoadReport);
    await sleep(DRAIN_MILLIS);
    const costs = meter.end();
    const records = reports.reduce((sum, report) => sum + report.records, 0);
    const dropped = reports.reduce((sum, report) => sum + report.dropped, 0);
    const wallSeconds = SECONDS + DRAIN_MILLIS / 1000;
    process.stdout.write(`\n${processes} processes: ${records} records, ${dropped} dropped\n`);
    const tiers = Map.groupBy(costs, ([name]) => name.replace(/-\d+$/, ''));
    const serviceMicros = (reports.reduce((sum, report) => sum + report.cpuMillis, 0) * 1_000) / records;
    process.stdout.write(`  ${'service'.padEnd(10)} ${serviceMicros.toFixed(1).padStart(7)} µs a record\n`);
    for (const [tier, members] of tiers) {
      const cores = members.reduce((sum, [, cost]) => sum + cost.cores, 0);
      const resident = Math.max(...members.map(([, { mostResidentBytes }]) => mostResidentBytes)) / 1024 / 1024;
      const cpuSeconds = cores * wallSeconds;
      const micros = (cpuSeconds * 1e6) / records;
      pointsOfTiers.set(tier, [...(pointsOfTiers.get(tier) ?? []), { records, cpuSeconds }]);
      process.stdout.write(
        `  ${tier.padEnd(10)} ${micros.toFixed(1).padStart(7)} µs a record   ${cores.toFixed(2)} cores, ${Math.round(resident)} MiB at most\n`,
      );
    }
    const kafkaBytes = bytesBelow(join(folder, 'kafka-1', 'data'), /^hft-logs-\d+$/);
    process.stdout.write(`  ${'in Kafka'.padEnd(10)} ${(kafkaBytes / records).toFixed(0).padStart(7)} bytes a record\n`);
  } finally {
    await cluster.stop();
  }
}
if (PROCESSES.length > 1) {
  process.stdout.write('\nA line through these points:\n');
  for (const [tier, points] of pointsOfTiers) {
    const { fixedSeconds, microsPerRecord } = fitCost(points);
    process.stdout.write(
      `  ${tier.padEnd(10)} ${microsPerRecord.toFixed(1).padStart(7)} µs for each further record   ${fixedSeconds.toFixed(1)} s whether or not records come\n`,
    );
  }
}
process.exit();

/** Of the segments of the topics that match. */
function bytesBelow(path: string, topic: RegExp): number {
  return readdirSync(path)
    .filter((name) => topic.test(name))
    .flatMap((name) => readdirSync(join(path, name)).map((file) => join(path, name, file)))
    .filter((file) => file.endsWith('.log'))
    .reduce((sum, file) => sum + statSync(file).size, 0);
}
