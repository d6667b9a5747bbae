// The list of dashboards: what is written to json/, checked, and run against real servers.

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { auditTrail } from './audit-trail.ts';
import { exchangeDetail } from './exchange-detail.ts';
import { latency } from './latency.ts';
import { loggingHealth } from './logging-health.ts';
import { tradingOverview } from './trading-overview.ts';

/** By the name of its file in json/, without `.json`. */
export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'trading-overview': tradingOverview,
  latency,
  'logging-health': loggingHealth,
  'audit-trail': auditTrail,
  'exchange-detail': exchangeDetail,
};

/** The text of the committed file. */
export function toJson(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}
