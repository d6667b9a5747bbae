/**
 * The timers of a metrics snapshot, with their percentiles since the start.
 */
import type { MetricsSnapshot } from '../index.ts';
import type { TimerReport } from './result.ts';

/** Suffix of a timer's metric: `rest_request` is recorded as `rest_request_duration_us`. */
const DURATION_SUFFIX = '_duration_us';

/** One report for each timer and set of tags, by name. */
export function timerReports({ percentiles: rows }: MetricsSnapshot): TimerReport[] {
  return rows
    .filter(({ name }) => name.endsWith(DURATION_SUFFIX))
    .map(({ name, tags, percentiles, sinceStart: { count, values, max } }) => ({
      name: name.slice(0, -DURATION_SUFFIX.length),
      tags: Object.fromEntries(Object.entries(tags).map(([tag, value]) => [tag, String(value)])),
      count,
      percentilesUs: Object.fromEntries(percentiles.map((percentile, i) => [String(percentile), values[i]])),
      maxUs: max,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
