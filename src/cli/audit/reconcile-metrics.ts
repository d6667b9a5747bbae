/**
 * What a reconciliation has found, for Prometheus.
 */
import type { RunReport } from '../../reconcile/compare.ts';
import type { Reconciliation } from '../../reconcile/reconcile.ts';
import { gaugePage } from './metrics-file.ts';

/** `found`: undefined where nothing could be compared. */
export function reconcileMetrics(
  found: Reconciliation | undefined,
  exitCode: number,
  { service, unixSeconds }: { readonly service: string; readonly unixSeconds: number },
): string {
  const sum = (read: (run: RunReport) => number) => (found?.runs ?? []).reduce((total, run) => total + read(run), 0);
  return gaugePage('hft_audit_reconcile', service, [
    [
      'exit_code',
      'Of the last hft-otel audit reconcile: 0 all there and the same, 1 differences, 2 nothing could be compared',
      exitCode,
    ],
    ['time_seconds', 'When it ended, Unix time', unixSeconds],
    ['events', 'Events on the host', sum(({ here }) => here)],
    ['missing_events', 'Of those, the ones that are not at the far end', sum(({ missing }) => missing)],
    ['foreign_events', 'Events at the far end of runs of this host that are not on the host', sum(({ foreign }) => foreign)],
    ['different_events', 'Events that differ', sum(({ different }) => different)],
    ['conflicting_events', 'Numbers that are twice on the host, with different events', sum(({ conflicting }) => conflicting)],
  ]);
}
