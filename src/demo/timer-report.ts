/**
 * The timers' percentiles, as `/metrics` shows them when `histogram.gauges` is set: beside the histogram `x_duration_us` stand the gauges
 * `x_duration_us_p50` … `x_duration_us_p99_9`, over the last minute.
 */
import type { Sample } from './exposition.ts';
import type { TimerReport } from './result.ts';

/** In the order in which they are shown. */
export const PERCENTILES: readonly number[] = [50, 95, 99, 99.9];

/** What a timer called `rest_request` is recorded as. */
const DURATION_SUFFIX = '_duration_us';

/** One report for each timer and set of tags, by name. */
export function timerReports(samples: readonly Sample[]): TimerReport[] {
  const values = new Map(samples.map(({ name, labels, value }) => [seriesKey(name, labels), value]));
  return samples
    .filter(({ name }) => name.endsWith(`${DURATION_SUFFIX}_count`))
    .map(({ name, labels, value }) => {
      const histogram = name.slice(0, -'_count'.length);
      const found = PERCENTILES.map((percentile) => [
        String(percentile),
        values.get(seriesKey(`${histogram}_p${String(percentile).replace('.', '_')}`, labels)),
      ]);
      return {
        name: histogram.slice(0, -DURATION_SUFFIX.length),
        tags: labels,
        count: value,
        percentilesUs: Object.fromEntries(found.filter(([, us]) => us !== undefined)),
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

function seriesKey(name: string, labels: Sample['labels']): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}
