// Lines over time, stacked or not, on a linear or logarithmic axis; with a legend that shows each line's last value.

import type { Sample } from '../query.ts';
import { type Box, COLOURS, FAINT, GRID, line, polygon, polyline, rectangle, text } from './svg.ts';
import { format } from './units.ts';

export interface Line {
  readonly name: string;
  readonly samples: readonly Sample[];
}

export interface TimeRange {
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
}

export interface ChartOptions {
  readonly unit: string;
  readonly range: TimeRange;
  readonly stacked: boolean;
  readonly logarithmic: boolean;
  readonly max?: number;
}

const LEGEND_LINE_PX = 15;
const LEGEND_LINES = 4;
const AXIS_PX = 52;
const BOTTOM_PX = 16;

export function drawChart(box: Box, lines: readonly Line[], options: ChartOptions): string {
  const shown = lines.slice(0, COLOURS.length);
  const legendRows = Math.min(LEGEND_LINES, Math.ceil(shown.length / 2));
  const plot: Box = {
    x: box.x + AXIS_PX,
    y: box.y,
    width: box.width - AXIS_PX - 4,
    height: box.height - BOTTOM_PX - legendRows * LEGEND_LINE_PX,
  };
  const layers = options.stacked ? stack(shown) : shown.map(({ samples }) => ({ top: samples, bottom: undefined }));
  const values = layers.flatMap(({ top }) => top.map(({ value }) => value)).filter(Number.isFinite);
  const scale = options.logarithmic ? logarithmic(values) : linear(values, options);
  const x = timeScale(plot, options.range);
  const y = (value: number) => plot.y + plot.height * (1 - scale.position(value));

  const parts = [
    drawAxes(
      plot,
      options.range,
      x,
      scale.ticks.map((tick) => [y(tick), format(tick, options.unit)] as const),
    ),
  ];
  layers.forEach(({ top, bottom }, index) => {
    const colour = COLOURS[index]!;
    for (const part of unbroken(top)) {
      const points = part.map(({ time, value }) => [x(time), y(value)] as const);
      if (bottom !== undefined) {
        const below = part.map(({ time }) => [x(time), y(bottom.get(time) ?? 0)] as const).reverse();
        parts.push(polygon([...points, ...below], colour));
      } else parts.push(polyline(points, colour));
    }
  });
  parts.push(drawLegend(box, plot, shown, options.unit, legendRows));
  return parts.join('');
}

export function timeScale(plot: Box, { from, to }: TimeRange): (time: number) => number {
  return (time) => plot.x + (plot.width * (time - from)) / (to - from);
}

export function drawAxes(
  plot: Box,
  { from, to }: TimeRange,
  x: (time: number) => number,
  ticks: readonly (readonly [number, string])[],
): string {
  const parts = ticks.flatMap(([y, label]) => [
    line(plot.x, y, plot.x + plot.width, y, GRID),
    text(plot.x - 4, y + 3.5, label, { colour: FAINT, size: 9.5, anchor: 'end' }),
  ]);
  const every = 60 * Math.max(1, Math.round((to - from) / 60 / 5));
  for (let time = Math.ceil(from / every) * every; time <= to; time += every) {
    const label = new Date(time * 1000).toISOString().slice(11, 16);
    parts.push(text(x(time), plot.y + plot.height + 12, label, { colour: FAINT, size: 9.5, anchor: 'middle' }));
  }
  return parts.join('');
}

export interface Scale {
  readonly ticks: readonly number[];
  /** 0 at the bottom, 1 at the top. */
  position(value: number): number;
}

export function linear(values: readonly number[], { unit, max }: Pick<ChartOptions, 'unit' | 'max'>): Scale {
  const low = Math.min(0, ...values);
  const high = max ?? (Math.max(...values, low) || 1);
  const step = roundStep((high - low || 1) / 4, unit === 'bytes' ? 1024 : 1);
  const bottom = Math.floor(low / step) * step;
  const top = Math.ceil(high / step) * step || step;
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, index) => bottom + index * step);
  return { ticks, position: (value) => (value - bottom) / (top - bottom) };
}

/** The next 1, 2, 5 or 10 times a power of ten; for bytes, of that many KiB, MiB, GiB. */
function roundStep(rough: number, base: number): number {
  const prefix = base === 1 ? 1 : base ** Math.max(0, Math.floor(Math.log(rough) / Math.log(base)));
  const magnitude = prefix * 10 ** Math.floor(Math.log10(rough / prefix));
  return magnitude * [1, 2, 5, 10].find((factor) => rough <= factor * magnitude)!;
}

export function logarithmic(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const bottom = Math.floor(Math.log10(Math.min(...positive, Infinity)) || 0);
  const least = Number.isFinite(bottom) ? bottom : 0;
  const top = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...positive, 10 ** least))));
  const ticks = Array.from({ length: top - least + 1 }, (_, index) => 10 ** (least + index));
  return { ticks, position: (value) => Math.max(0, (Math.log10(Math.max(value, 10 ** least)) - least) / (top - least)) };
}

/** Each line on top of those before it. */
function stack(lines: readonly Line[]): { top: Sample[]; bottom: Map<number, number> }[] {
  const total = new Map<number, number>();
  return lines.map(({ samples }) => {
    const bottom = new Map<number, number>();
    const top = samples.map(({ time, value }) => {
      const below = total.get(time) ?? 0;
      bottom.set(time, below);
      total.set(time, below + value);
      return { time, value: below + value };
    });
    return { top, bottom };
  });
}

/** A line ends where values are missing, as it does in Grafana. */
function unbroken(samples: readonly Sample[]): Sample[][] {
  const parts: Sample[][] = [[]];
  for (const sample of samples) {
    if (Number.isFinite(sample.value)) parts.at(-1)!.push(sample);
    else if (parts.at(-1)!.length > 0) parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}

function drawLegend(box: Box, plot: Box, lines: readonly Line[], unit: string, rows: number): string {
  const columnPx = (box.width - 8) / 2;
  return lines
    .slice(0, rows * 2)
    .map(({ name, samples }, index) => {
      const x = box.x + 4 + (index % 2) * columnPx;
      const y = plot.y + plot.height + BOTTOM_PX + 11 + Math.floor(index / 2) * LEGEND_LINE_PX;
      const last = samples.findLast(({ value }) => Number.isFinite(value))?.value ?? Number.NaN;
      return (
        rectangle({ x, y: y - 7, width: 12, height: 3 }, COLOURS[index]!) +
        text(x + 17, y, `${name}  ${format(last, unit)}`, { size: 10, widthPx: columnPx - 20 })
      );
    })
    .join('');
}
