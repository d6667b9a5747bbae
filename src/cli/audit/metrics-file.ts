/**
 * The result of a command as a page for Prometheus, for the textfile collector of its node exporter: a timer job writes it, and alerts read it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { errorText } from '../../common/error-text.ts';
import { UsageError } from '../command.ts';

export type GaugeRow = readonly [name: string, help: string, value: number];

/** Each row is a gauge `<prefix>_<name>`. */
export function gaugePage(prefix: string, service: string, rows: readonly GaugeRow[]): string {
  const label = service.replace(/["\\\n]/g, '_');
  return rows
    .map(([name, help, value]) => {
      const metric = `${prefix}_${name}`;
      return `# HELP ${metric} ${help}\n# TYPE ${metric} gauge\n${metric}{service_name="${label}"} ${value}\n`;
    })
    .join('');
}

/** At once: who reads it meanwhile finds the old page or the new one. */
export function writeMetrics(path: string, page: string): void {
  try {
    writeFileSync(`${path}.${process.pid}`, page, { mode: 0o644 });
    renameSync(`${path}.${process.pid}`, path);
  } catch (error) {
    throw new UsageError(`--metrics ${path}: ${errorText(error)}.`);
  }
}
