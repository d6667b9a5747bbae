/**
 * What a verification has found as a page for Prometheus, for the textfile collector of its node exporter: a timer job writes it, and alerts read it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import type { VerifyReport } from '../../audit/verify/report.ts';
import { UsageError } from '../command.ts';

/** `report`: undefined where nothing could be verified. */
export function verifyMetrics(
  report: VerifyReport | undefined,
  exitCode: number,
  { service, unixSeconds }: { readonly service: string | undefined; readonly unixSeconds: number },
): string {
  const runs = report?.runs ?? [];
  const label = (service ?? serviceOf(report)).replace(/["\\\n]/g, '_');
  const sum = (read: (run: VerifyReport['runs'][number]) => number) => runs.reduce((total, run) => total + read(run), 0);
  const rows: [name: string, help: string, value: number][] = [
    ['exit_code', 'Of the last hft-otel audit verify: 0 no fault, 1 faults, 2 nothing could be verified', exitCode],
    ['time_seconds', 'When it ended, Unix time', unixSeconds],
    ['lines', 'Lines that were read', sum(({ lines }) => lines)],
    [
      'proven_lines',
      'Of those, the ones that a good checkpoint covers',
      sum(({ proven, before }) => Math.max(0, proven - before)),
    ],
    [
      'proven_elsewhere_lines',
      'Of those, the ones that a copy elsewhere covers',
      sum(({ provenElsewhere, before }) => Math.max(0, provenElsewhere - before)),
    ],
  ];
  return rows
    .map(([name, help, value]) => {
      const metric = `hft_audit_verify_${name}`;
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
    throw new UsageError(`--metrics ${path}: ${(error as Error).message}.`);
  }
}

/** Origins of trees begin with the service's name. */
function serviceOf(report: VerifyReport | undefined): string {
  const origin = report?.runs.find((run) => run.origin !== undefined)?.origin;
  return origin === undefined ? 'unknown' : decodeURIComponent(origin.split('/')[0]!);
}
