// What is shown as text: one number, a table, log lines, states.

import type { LogLine, Sample, Series } from '../query.ts';
import { type TimeRange, timeScale } from './chart.ts';
import { type Box, COLOURS, FAINT, GRID, INK, line, polyline, rectangle, text } from './svg.ts';
import { format } from './units.ts';

const ROW_PX = 17;

export interface Threshold {
  readonly value: number | null;
  readonly color: string;
}

const THRESHOLD_COLOURS: Readonly<Record<string, string>> = { green: '#2f8132', yellow: '#b58900', red: '#c4162a', text: INK };

/** The last value of each line, large, over a sketch of its course. */
export function drawStat(
  box: Box,
  lines: readonly { readonly name: string; readonly samples: readonly Sample[] }[],
  unit: string,
  thresholds: readonly Threshold[],
  range: TimeRange,
): string {
  const widthPx = box.width / Math.max(1, lines.length);
  return lines
    .map(({ name, samples }, index) => {
      const x = box.x + index * widthPx;
      const value = samples.findLast((sample) => Number.isFinite(sample.value))?.value ?? Number.NaN;
      const parts = [
        text(x + widthPx / 2, box.y + 34, format(value, unit), {
          size: 24,
          bold: true,
          anchor: 'middle',
          colour: colourOf(value, thresholds),
        }),
      ];
      if (lines.length > 1) parts.push(text(x + widthPx / 2, box.y + 50, name, { size: 10, anchor: 'middle', colour: FAINT }));
      const finite = samples.filter((sample) => Number.isFinite(sample.value));
      const low = Math.min(0, ...finite.map((sample) => sample.value));
      const span = Math.max(0, ...finite.map((sample) => sample.value)) - low;
      if (finite.length > 1 && span > 0) {
        const at = timeScale({ ...box, x: x + 4, width: widthPx - 8 }, range);
        const points = finite.map(
          (sample) => [at(sample.time), box.y + box.height - 3 - (22 * (sample.value - low)) / span] as const,
        );
        parts.push(polyline(points, '#b9c3cc'));
      }
      return parts.join('');
    })
    .join('');
}

export function drawTable(box: Box, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = columns.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const total = used.reduce((sum, length) => sum + Math.min(length, 40), 0) || 1;
  const starts: number[] = [];
  let x = box.x + 4;
  for (const length of used) {
    starts.push(x);
    x += ((box.width - 8) * Math.min(length, 40)) / total;
  }
  const cell = (content: string, index: number, y: number, bold: boolean) =>
    text(starts[index]!, y, content, { size: 10, bold, widthPx: (starts[index + 1] ?? box.x + box.width) - starts[index]! - 4 });
  const parts = columns.map((name, index) => cell(name, index, box.y + 10, true));
  rows.slice(0, Math.floor((box.height - ROW_PX) / ROW_PX)).forEach((row, number) => {
    const y = box.y + 10 + (number + 1) * ROW_PX;
    parts.push(
      line(box.x, y - 12, box.x + box.width, y - 12, GRID),
      ...row.map((content, index) => cell(content, index, y, false)),
    );
  });
  return parts.join('');
}

/** Labels that differ between series, and the value, as rows. */
export function seriesRows(series: readonly Series[], unit: string): { columns: string[]; rows: string[][] } {
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].filter((name) => name !== '__name__');
  const rows = series.map(({ labels, samples }) => [
    ...names.map((name) => labels[name] ?? ''),
    format(samples.at(-1)?.value ?? Number.NaN, unit),
  ]);
  return { columns: [...names, 'Value'], rows };
}

export function recordRows(lines: readonly LogLine[], columns: readonly string[]): { columns: string[]; rows: string[][] } {
  return {
    columns: ['Time', ...columns],
    rows: lines.map((record) => [clock(record), ...columns.map((name) => record.labels[name] ?? '')]),
  };
}

const LEVEL_COLOURS: Readonly<Record<string, string>> = {
  error: '#c4162a',
  warning: '#b58900',
  info: '#2f8132',
  debug: '#3C9BB0',
};
const SHOWN_FIELDS = ['exchange', 'symbol', 'order_id', 'reason', 'endpoint', 'status', 'exception_message'];

export function drawLogs(box: Box, lines: readonly LogLine[]): string {
  return lines
    .slice(0, Math.floor(box.height / ROW_PX))
    .map((record, number) => {
      const y = box.y + 12 + number * ROW_PX;
      const fields = SHOWN_FIELDS.filter((name) => record.labels[name] !== undefined).map(
        (name) => `${name}=${record.labels[name]}`,
      );
      return (
        rectangle({ x: box.x + 2, y: y - 9, width: 3, height: 12 }, LEVEL_COLOURS[record.labels.level ?? ''] ?? FAINT) +
        text(box.x + 10, y, clock(record), { size: 10, colour: FAINT }) +
        text(box.x + 84, y, `${record.line}   ${fields.join(' ')}`, { size: 10, widthPx: box.width - 90 })
      );
    })
    .join('');
}

export interface StateWord {
  readonly text: string;
  readonly color: string;
}

/** A bar for each series, coloured by the word its value stands for. */
export function drawStates(
  box: Box,
  lines: readonly { readonly name: string; readonly samples: readonly Sample[] }[],
  words: Readonly<Record<string, StateWord>>,
  range: TimeRange,
): string {
  const labelPx = Math.min(340, box.width / 3);
  const bar: Box = { ...box, x: box.x + labelPx, width: box.width - labelPx - 4 };
  const at = timeScale(bar, range);
  return lines
    .slice(0, Math.floor(box.height / ROW_PX))
    .map(({ name, samples }, number) => {
      const y = box.y + number * ROW_PX;
      const cells = runs(samples).map(({ from, to, value }) =>
        rectangle(
          { x: at(from), y, width: Math.max(1, at(to) - at(from)), height: 13 },
          THRESHOLD_COLOURS[words[String(value)]?.color ?? ''] ?? COLOURS[0]!,
          { 'fill-opacity': 0.7 },
        ),
      );
      const last = words[String(samples.at(-1)?.value)]?.text ?? '';
      return text(box.x + 4, y + 10, `${name}  ${last}`, { size: 10, widthPx: labelPx - 8 }) + cells.join('');
    })
    .join('');
}

function runs(samples: readonly Sample[]): { from: number; to: number; value: number }[] {
  const found: { from: number; to: number; value: number }[] = [];
  for (const { time, value } of samples) {
    const last = found.at(-1);
    if (last?.value === value) last.to = time;
    else found.push({ from: last?.to ?? time, to: time, value });
  }
  return found;
}

function colourOf(value: number, thresholds: readonly Threshold[]): string {
  const reached = thresholds.findLast((threshold) => threshold.value === null || value >= threshold.value);
  return THRESHOLD_COLOURS[reached?.color ?? 'text'] ?? INK;
}

function clock({ timeUnixNanos }: LogLine): string {
  return new Date(Number(timeUnixNanos / 1_000_000n)).toISOString().slice(11, 23);
}
