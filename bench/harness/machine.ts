/**
 * Where and when figures were taken, and who else was there.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { sleep } from './clock.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
}

/** What the machine does while we do nothing. */
export interface Load {
  readonly at: string;
  /** Mean length of the run queue over the last minute; includes our own work. */
  readonly average: number;
  /** Cores that others kept busy while we slept. */
  readonly othersBusyCores: number;
}

/** Half a core taken by somebody else moves every figure here. */
const DISTURBING_CORES = 0.25;
const LOOK_MILLIS = 500;

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}, ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
  };
}

const RIVALS = [
  'pino',
  'winston',
  'prom-client',
  '@opentelemetry/sdk-logs',
  '@opentelemetry/exporter-logs-otlp-proto',
  '@opentelemetry/sdk-metrics',
];

/** Version by package: those that package-lock.json names. */
export function rivalVersions(): Record<string, string> {
  const versionOf = (name: string) => {
    const text = readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  };
  return Object.fromEntries(RIVALS.map((name) => [name, versionOf(name)]));
}

export async function lookAround(): Promise<Load> {
  const before = busyMillis();
  const started = performance.now();
  await sleep(LOOK_MILLIS);
  const elapsed = performance.now() - started;
  return { at: new Date().toISOString(), average: loadavg()[0], othersBusyCores: (busyMillis() - before) / elapsed };
}

/** Undefined when nobody disturbs. */
export function warningOf(load: Load): string | undefined {
  if (load.othersBusyCores < DISTURBING_CORES) return undefined;
  return `Others are using ${load.othersBusyCores.toFixed(1)} of ${availableParallelism()} cores: medians are too high; look at the best column, and do not quote these figures.`;
}

function busyMillis(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
