/**
 * Percentiles as text for people, and as JSON for programs.
 */
import { oneLine } from '../../common/one-line.ts';
import type { PercentileRow, PercentileValues } from '../../health/metrics-snapshot.ts';

/** Characters of a label's value that the table shows. */
const MAX_LABEL = 40;

/**
 * A table, one row for each series: the values of the window, then, in brackets, those since the start.
 *
 * ```
 * latencies, last 60 s (since start)
 *                               unit       count           min         mean          p99          max
 * rest_duration_us{venue=mexc}  us    120 (9120)  88.1 (89.86)  331.4 (338)  904 (922.1)  4210 (4294)
 * ```
 */
export function percentileTable(rows: readonly PercentileRow[], windowMillis: number): string {
  const percentiles = rows[0]?.percentiles ?? [];
  const heads = ['', 'unit', 'count', 'min', 'mean', ...percentiles.map((percentile) => `p${percentile}`), 'max'];
  const lines = rows.map((row) => {
    const pair = (read: (values: PercentileValues) => number): string =>
      `${row.window === undefined ? '–' : short(read(row.window))} (${short(read(row.sinceStart))})`;
    return [
      nameOf(row),
      row.unit,
      pair(({ count }) => count),
      pair(({ min }) => min),
      pair(({ mean }) => mean),
      ...percentiles.map((_, i) => pair(({ values }) => values[i]!)),
      pair(({ max }) => max),
    ];
  });
  const widths = heads.map((head, column) => Math.max(head.length, ...lines.map((line) => line[column]!.length)));
  // Names and units begin together, numbers end together.
  const aligned = [heads, ...lines].map((line) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return `latencies, last ${windowMillis / 1000} s (since start)\n${aligned.join('\n')}\n`;
}

/** One line of JSON: `{"time":…,"window_ms":…,"percentiles":[{"name":…,"tags":{…},"window":{"count":…,"p50":…},"since_start":{…}}]}`. */
export function percentileJson(rows: readonly PercentileRow[], windowMillis: number, nowMillis: number): string {
  const valuesOf = (row: PercentileRow, values: PercentileValues | undefined): unknown =>
    values === undefined
      ? null
      : {
          count: values.count,
          min: values.min,
          mean: values.mean,
          ...Object.fromEntries(row.percentiles.map((percentile, i) => [`p${percentile}`, values.values[i]])),
          max: values.max,
        };
  const percentiles = rows.map((row) => ({
    name: row.name,
    unit: row.unit,
    tags: row.tags,
    window: valuesOf(row, row.window),
    since_start: valuesOf(row, row.sinceStart),
  }));
  return `${JSON.stringify({ time: new Date(nowMillis).toISOString(), window_ms: windowMillis, percentiles })}\n`;
}

function nameOf({ name, tags }: PercentileRow): string {
  const labels = Object.entries(tags).map(([key, value]) => `${key}=${oneLine(String(value), MAX_LABEL)}`);
  return labels.length === 0 ? name : `${name}{${labels.join()}}`;
}

/** Four significant digits, and no more than the percentiles have. */
function short(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  const magnitude = Math.abs(value);
  return magnitude !== 0 && (magnitude >= 1e7 || magnitude < 1e-3)
    ? value.toExponential(3)
    : String(Number(value.toPrecision(4)));
}
