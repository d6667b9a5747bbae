/**
 * Settings of the percentiles of timers and histograms.
 */
import { listOf } from '../../settings/kinds/composite-kinds.ts';
import { above, boolean, integer, oneOf } from '../../settings/kinds/kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { enabled, HOUR_MILLIS } from '../common-rows.ts';

export type HistogramSettings = ReturnType<typeof histogramSection.resolve>;

export const histogramSection = section({
  name: 'histogram',
  summary: 'Percentiles of every timer and histogram, over a sliding window and since the start.',
  rows: {
    enabled: enabled(),
    percentiles: setting(listOf(above(0, 100), 32, 1), 'Percentiles of each timer and histogram.', {
      value: [50, 95, 99, 99.9],
      unit: 'of 100',
      origin: 'the median, and the tail to one in a thousand',
    }),
    intervalMillis: setting(integer(100, 24 * HOUR_MILLIS, 'ms'), 'Time between printouts.', {
      value: 60_000,
      unit: 'ms',
      origin: 'a printout for each window',
    }),
    windowMillis: setting(integer(1_000, 24 * HOUR_MILLIS, 'ms'), 'Length of the sliding window.', {
      value: 60_000,
      unit: 'ms',
      origin: 'long enough for the 99.9th of twenty calls a second, short enough to see a change',
      atLimit: 'older values count only in the figures since start',
    }),
    stream: setting(oneOf(['stdout', 'stderr', 'none'] as const), 'Where they are printed.', {
      derived: 'where the console writes text; nowhere when it writes JSON lines, or when there is none',
    }),
    format: setting(oneOf(['table', 'json'] as const), 'A table, or one line of JSON.', { value: 'table' }),
    gauges: setting(boolean, 'Percentiles as gauges for Prometheus, too.', { value: false }),
  },
  resolve: (given, { enabled }) => ({ ...given.settled(), enabled }),
});
