// A plan as Markdown: what docs/scale.md holds between its markers, and what `npm run scale` prints.

import { type Load, type Plan, plan } from './model.ts';
import type { Parameters } from './parameters.ts';

export function scaleTables(loads: readonly Load[], parameters: Parameters): string {
  const plans = loads.map((load) => ({ load, plan: plan(load, parameters) }));
  const head = ['', ...plans.map(({ load }) => `${grouped(load.services)} × ${grouped(load.recordsPerSecond)}/s`)];
  const row = (name: string, value: (plan: Plan) => string) => [name, ...plans.map(({ plan }) => value(plan))];
  const names = plans[0]!.plan.stages.map(({ name }) => name);
  const sizes = [
    row('records/s', ({ recordsPerSecond }) => grouped(recordsPerSecond)),
    ...names.map((name, index) =>
      row(name, ({ stages }) => {
        const { processes, cores, boundBy } = stages[index]!;
        return `${grouped(processes)} (${grouped(cores)} cores; ${boundBy})`;
      }),
    ),
    row('partitions of hft-logs', ({ partitions }) => grouped(partitions)),
    row('into Kafka', ({ kafkaBytesPerSecond }) => `${inBytes(kafkaBytesPerSecond)}/s`),
    row('Kafka’s disks, all replicas', ({ kafkaDiskBytes }) => inBytes(kafkaDiskBytes)),
    row('Loki’s objects', ({ lokiDiskBytes }) => inBytes(lokiDiskBytes)),
    row('audit files', ({ auditDiskBytes }) => inBytes(auditDiskBytes)),
    row(
      'a batch waits, mean, all stages',
      ({ stages }) => `${grouped(stages.reduce((sum, { waitMillis }) => sum + waitMillis, 0))} ms`,
    ),
  ];
  const costs = plans[0]!.plan.costs.map(({ what }, index) => row(what, ({ costs }) => dollars(costs[index]!.dollarsPerMonth)));
  const total = row(
    '**all, a month**',
    ({ costs }) => `**${dollars(costs.reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, 0))}**`,
  );
  return [table(head, sizes), '', table(['US dollars a month', ...head.slice(1)], [...costs, total])].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function dollars(value: number): string {
  return grouped(Number(value.toPrecision(3)));
}

function inBytes(value: number): string {
  const [size, unit] = (
    [
      [1e15, 'PB'],
      [1e12, 'TB'],
      [1e9, 'GB'],
      [1e6, 'MB'],
      [1, 'B'],
    ] as const
  ).find(([least]) => value >= least) ?? [1, 'B'];
  return `${Number((value / size).toPrecision(2))} ${unit}`;
}
