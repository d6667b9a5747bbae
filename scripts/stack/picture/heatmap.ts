// Where observations fell over time: one cell for each interval and bucket, darker for more of them.

import type { Series } from '../query.ts';
import { drawAxes, logarithmic, type TimeRange, timeScale } from './chart.ts';
import { type Box, element } from './svg.ts';
import { format } from './units.ts';

interface Cell {
  readonly time: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const AXIS_PX = 52;
const BOTTOM_PX = 16;
const LIGHT = [254, 240, 217];
const DARK = [179, 0, 0];
const SHADES = 16;
/** Buckets end within so many factors of each other, so that a fine native histogram is drawn with as many rows as can be seen. */
const ROWS_PER_DECADE = 12;
/** Prometheus' rule of boundaries that only the bucket of zero has. */
const CLOSED_AT_BOTH_ENDS = 3;

export function drawHeatmap(box: Box, series: readonly Series[], unit: string, range: TimeRange, stepSeconds: number): string {
  const cells = merged([...nativeCells(series), ...classicCells(series)]).filter(({ count }) => count > 0);
  const plot: Box = { x: box.x + AXIS_PX, y: box.y, width: box.width - AXIS_PX - 4, height: box.height - BOTTOM_PX };
  const bounds = cells.flatMap(({ low, high }) => [low, high]);
  const scale = logarithmic(bounds);
  const x = timeScale(plot, range);
  const y = (value: number) => plot.y + plot.height * (1 - scale.position(value));
  const most = Math.max(1, ...cells.map(({ count }) => count));
  const width = x(range.from + stepSeconds) - x(range.from) - 0.5;
  // One path for each shade: thousands of cells would make a picture of megabytes.
  const paths = new Map<string, string>();
  for (const { time, low, high, count } of cells) {
    const top = y(high);
    const height = Math.max(1, y(low) - top - 0.5);
    const shape = `M${tenth(x(time - stepSeconds))} ${tenth(top)}h${tenth(width)}v${tenth(height)}h${tenth(-width)}z`;
    const colour = shade(count / most);
    paths.set(colour, (paths.get(colour) ?? '') + shape);
  }
  const drawn = [...paths].map(([fill, d]) => element('path', { d, fill }));
  return (
    drawAxes(
      plot,
      range,
      x,
      scale.ticks.map((tick) => [y(tick), format(tick, unit)] as const),
    ) + drawn.join('')
  );
}

/** Without the bucket of zero, which has no place on a logarithmic axis. */
function nativeCells(series: readonly Series[]): Cell[] {
  return series.flatMap(({ histograms }) =>
    histograms.flatMap(({ time, buckets }) =>
      buckets
        .filter(([boundaries]) => boundaries !== CLOSED_AT_BOTH_ENDS)
        .map(([, low, high, count]) => ({ time, low: Number(low), high: Number(high), count: Number(count) })),
    ),
  );
}

/** Classic buckets count everything below their bound: each is taken without the one before it. */
function classicCells(series: readonly Series[]): Cell[] {
  const classic = series
    .filter(({ labels }) => labels.le !== undefined)
    .map(({ labels, samples }) => ({
      bound: Number(labels.le === '+Inf' ? Infinity : labels.le),
      counts: new Map(samples.map(({ time, value }) => [time, value])),
    }))
    .sort((a, b) => a.bound - b.bound);
  return classic.flatMap(({ bound, counts }, index) => {
    const below = classic[index - 1];
    const low = below?.bound ?? bound / 2;
    const high = Number.isFinite(bound) ? bound : low * 2;
    return [...counts].map(([time, count]) => ({ time, low, high, count: count - (below?.counts.get(time) ?? 0) }));
  });
}

function merged(cells: readonly Cell[]): Cell[] {
  const rows = new Map<string, Cell>();
  for (const { time, low, high, count } of cells) {
    if (!(high > 0) || !Number.isFinite(high)) continue;
    const first = Math.floor(Math.log10(Math.max(low, high / 4)) * ROWS_PER_DECADE + 1e-6);
    const last = Math.max(first + 1, Math.ceil(Math.log10(high) * ROWS_PER_DECADE - 1e-6));
    for (let row = first; row < last; row++) {
      const key = `${time} ${row}`;
      const share = count / (last - first) + (rows.get(key)?.count ?? 0);
      rows.set(key, { time, low: 10 ** (row / ROWS_PER_DECADE), high: 10 ** ((row + 1) / ROWS_PER_DECADE), count: share });
    }
  }
  return [...rows.values()];
}

/** The square root brings out single observations beside thousands, as the dashboards' colour scale does. */
function shade(share: number): string {
  const weight = Math.ceil(Math.sqrt(share) * SHADES) / SHADES;
  return `#${LIGHT.map((light, channel) => hex(light + (DARK[channel]! - light) * weight)).join('')}`;
}

function hex(channel: number): string {
  return Math.round(channel).toString(16).padStart(2, '0');
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
