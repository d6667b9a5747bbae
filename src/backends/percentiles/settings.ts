/**
 * Settings of the percentiles of timers and histograms.
 */
import { listOf } from '../../settings/kinds/composite-kinds.ts';
import { above, boolean, integer, oneOf } from '../../settings/kinds/kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { enabled, HOUR_MILLIS } from '../common-rows.ts';

export type HistogramSettings = ReturnType<typeof histogramSection.resolve>;

/** Where they are printed. `textStream`: the console's stream, if it writes text. */
export function streamOf(
  stream: HistogramSettings['stream'],
  textStream: 'stdout' | 'stderr' | undefined,
): 'stdout' | 'stderr' | 'none' {
  return stream ?? textStream ?? 'none';
}

export const histogramSection = section({
  name: 'histogram',
  summary: 'Percentiles of every timer and histogram, over a sliding window and since the start.',
  rows: {
    enabled: enabled(),
    percentiles: setting(listOf(above(0, 100), 32, 1), 'Percentiles that are printed for each timer and histogram.', {
      value: [50, 95, 99, 99.9],
      unit: 'of 100',
      origin: 'the median, and the tail to one in a thousand',
    }),
    intervalMillis: setting(integer(100, 24 * HOUR_MILLIS, 'ms'), 'Time between printouts.', {
      value: 60_000,
      unit: 'ms',
      origin: 'one printout for each window',
    }),
    windowMillis: setting(integer(1_000, 24 * HOUR_MILLIS, 'ms'), 'Length of the sliding window.', {
      value: 60_000,
      unit: 'ms',
      origin: 'long enough for the 99.9th of twenty calls a second, short enough to see a change',
      atLimit: 'older values count only in the figures since start',
    }),
    stream: setting(oneOf(['stdout', 'stderr', 'none'] as const), 'Stream that they are printed to.', {
      derived: 'the stream of the console if it writes text; none if it writes JSON lines or does not run',
    }),
    format: setting(oneOf(['table', 'json'] as const), 'Whether they are printed as a table or as one line of JSON.', {
      value: 'table',
    }),
    gauges: setting(boolean, 'Whether percentiles are also gauges for the other metric backends, such as Prometheus.', {
      value: false,
    }),
  },
  resolve: (given, { enabled }) => ({ ...given.settled(), enabled }),
});
