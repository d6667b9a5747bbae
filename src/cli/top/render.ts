/**
 * The screen of `hft-otel top`, as lines of a terminal of a given size.
 */
import { durationText } from '../../encoders/durations.ts';
import { visibleText } from '../../encoders/text/visible-text.ts';
import { bytes, count, percent } from '../numbers.ts';
import type { Paint } from '../paint.ts';
import { renderTable } from '../table.ts';
import type { TopView } from './view.ts';

/** Series that are shown where the terminal does not say how many there is room for. */
const USUAL_SERIES = 10;

/** Nanoseconds in a unit of UCUM. */
const NANOS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** `rows` undefined: as many as are needed, with bounded lists. */
export function renderTop(view: TopView, paint: Paint, rows: number | undefined): string[] {
  const head = [
    `${paint('bold', visibleText(view.service))}   process ${view.pid}, up ${durationText(view.uptimeSeconds * 1e9) ?? '?'}, hft-otel ${view.version}`,
    '',
    ...lanesOf(view, paint),
    '',
    ...backendsOf(view, paint),
    ...errorsOf(view, paint),
  ];
  const room = rows === undefined ? USUAL_SERIES : Math.max(0, Math.floor((rows - head.length - 8) / 2));
  return [...head, ...percentilesOf(view, paint, room), ...countersOf(view, paint, room)];
}

function lanesOf({ lanes }: TopView, paint: Paint): string[] {
  const rows = lanes.map(({ lane, perSecond, total, droppedPerSecond, dropped, ringFill }) => [
    lane,
    count(perSecond),
    count(total),
    loud(droppedPerSecond, paint),
    loud(dropped, paint),
    percent(ringFill),
  ]);
  return renderTable({ head: ['Records', 'per s', 'total', 'lost/s', 'lost', 'ring'], rows }, paint);
}

function backendsOf({ backends }: TopView, paint: Paint): string[] {
  const rows = backends.map(({ backend, state, perSecond, bytesPerSecond, pending, dropped, retries }) => [
    backend,
    paint(state === 'ok' ? 'green' : state === 'degraded' ? 'yellow' : 'red', state),
    count(perSecond),
    `${bytes(bytesPerSecond)}`,
    count(pending),
    loud(dropped, paint),
    count(retries),
  ]);
  return renderTable(
    { head: ['Backends', 'state', 'per s', 'bytes/s', 'waiting', 'lost', 'retries'], rows, dispensable: [6] },
    paint,
  );
}

function errorsOf({ backends }: TopView, paint: Paint): string[] {
  return backends.flatMap(({ backend, state, lastError }) =>
    lastError === undefined || state === 'ok' ? [] : [paint('yellow', `  ${backend}: ${visibleText(lastError)}`)],
  );
}

function percentilesOf({ percentiles }: TopView, paint: Paint, room: number): string[] {
  if (percentiles.length === 0 || room === 0) return [];
  const names = Object.keys(percentiles[0].values);
  const rows = percentiles
    .slice(0, room)
    .map(({ name, unit, tags, count: recordings, values, max }) => [
      seriesText(name, tags),
      count(recordings),
      ...names.map((each) => valueText(values[each], unit)),
      valueText(max, unit),
    ]);
  return [
    '',
    ...renderTable({ head: ['Latencies and sizes', 'count', ...names, 'max'], rows }, paint),
    ...more(percentiles.length - room, paint),
  ];
}

function countersOf({ counters }: TopView, paint: Paint, room: number): string[] {
  if (counters.length === 0 || room === 0) return [];
  const rows = counters
    .slice(0, room)
    .map(({ name, tags, perSecond, total }) => [seriesText(name, tags), count(perSecond), count(total)]);
  return ['', ...renderTable({ head: ['Counters', 'per s', 'total'], rows }, paint), ...more(counters.length - room, paint)];
}

function more(left: number, paint: Paint): string[] {
  return left > 0 ? [paint('dim', `  and ${count(left)} more (--json has all)`)] : [];
}

function seriesText(name: string, tags: Readonly<Record<string, unknown>>): string {
  const values = Object.values(tags).map(String);
  return visibleText(values.length === 0 ? name : `${name} ${values.join(' ')}`);
}

function valueText(value: number | undefined, unit: string): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  const nanos = Object.hasOwn(NANOS, unit) ? NANOS[unit] : undefined;
  return (
    (nanos === undefined ? undefined : durationText(value * nanos)) ??
    `${Number(value.toPrecision(4))}${unit === '' ? '' : ` ${unit}`}`
  );
}

function loud(lost: number, paint: Paint): string {
  return lost > 0 ? paint('red', count(lost)) : '0';
}
