/**
 * What a verification has found, for Prometheus.
 */
import type { VerifyReport } from '../../audit/verify/report.ts';
import { percentDecoded } from '../../common/http/percent-decoded.ts';
import { gaugePage } from './metrics-file.ts';

/** `report`: undefined where nothing could be verified. */
export function verifyMetrics(
  report: VerifyReport | undefined,
  exitCode: number,
  { service, unixSeconds }: { readonly service: string | undefined; readonly unixSeconds: number },
): string {
  const runs = report?.runs ?? [];
  const sum = (read: (run: VerifyReport['runs'][number]) => number) => runs.reduce((total, run) => total + read(run), 0);
  return gaugePage('hft_audit_verify', service ?? serviceOf(report), [
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
  ]);
}

/** Origins of trees begin with the service's name. */
function serviceOf(report: VerifyReport | undefined): string {
  const origin = report?.runs.find((run) => run.origin !== undefined)?.origin;
  return origin === undefined ? 'unknown' : percentDecoded(origin.split('/')[0]!);
}
