/**
 * Rows as people read them.
 */
import type { Row, Unit } from './figure.ts';

/** Medians of processes that differ by more than this are shown side by side. */
const SPREAD = 1.25;

export function header(): string {
  return line('', 'median', 'best', 'target', '');
}

export function tableOf(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      const verdict = row.met === undefined ? '' : row.met ? 'met' : 'MISSED';
      const bound = row.better === 'lower' ? '≤' : '≥';
      const target = row.target === undefined ? '' : `${bound} ${shown(row.target, row.unit)}`;
      const best = row.rounds > 1 ? shown(row.best, row.unit) : '';
      const notes = [verdict, row.note, spreadOf(row)].filter((note) => note !== undefined && note !== '');
      return line(row.name, shown(row.median, row.unit), best, target, notes.join('; '));
    })
    .join('\n');
}

function line(name: string, median: string, best: string, target: string, note: string): string {
  return `${name.padEnd(58)} ${median.padStart(12)} ${best.padStart(12)} ${target.padStart(14)}  ${note}`.trimEnd();
}

function shown(value: number, unit: Unit): string {
  if (unit === '×') return value < 0.9 ? `1/${round(1 / value)}` : `${value.toFixed(2)} ×`;
  if (unit === 'records/s' || unit === 'calls/s') return `${Math.round(value).toLocaleString('en')}/s`;
  return `${round(value)} ${unit}`.trimEnd();
}

/** Three digits that count. */
function round(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function spreadOf({ perProcess, unit }: Row): string | undefined {
  if (perProcess === undefined || Math.max(...perProcess) < SPREAD * Math.min(...perProcess)) return undefined;
  return `by process: ${perProcess.map((value) => shown(value, unit)).join(', ')}`;
}
