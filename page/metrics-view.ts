/**
 * Metrics: the pipeline's rates, the program's latencies as percentile lines, and its counters and gauges.
 */
import type { ControlStatus } from '../src/control/protocol.ts';
import { Chart, type ChartLine } from './charts.ts';
import { element, setText, table } from './dom.ts';
import { count, measured, rate, seriesName } from './format.ts';
import { Heatmap } from './heatmap.ts';
import { isOwn, keyOf, type Readings } from './readings.ts';

/** Percentile charts at a time; the search narrows them down. */
const MOST_CHARTS = 8;
/** Histograms that a heatmap can be chosen of. */
const MOST_HEATMAPS = 64;
const MOST_ROWS = 60;

type PercentileRow = ControlStatus['metrics']['percentiles'][number];

export class MetricsView {
  readonly root: HTMLElement;
  readonly #records = new Chart({ title: 'Records per second', format: rate });
  readonly #rings = new Chart({ title: 'Fullest ring', format: (value) => `${value.toFixed(value < 10 ? 1 : 0)} %`, most: 100 });
  readonly #backends = new Chart({ title: 'Delivered per second', format: rate });
  readonly #lost = new Chart({ title: 'Lost per second', format: rate });
  readonly #search = element('input', {
    type: 'search',
    id: 'metric',
    placeholder: 'name or tag',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  readonly #heatmap = new Heatmap();
  readonly #latencies = element('div', { class: 'charts' });
  readonly #noLatencies = element('p', { class: 'hint' });
  readonly #numbers = element('div');
  readonly #charts = new Map<string, Chart>();

  constructor() {
    this.root = element(
      'section',
      {},
      element('h2', {}, 'Pipeline'),
      element('div', { class: 'charts' }, this.#records.root, this.#backends.root, this.#rings.root, this.#lost.root),
      element(
        'div',
        { class: 'heading' },
        element('h2', {}, 'Latencies and sizes'),
        element('label', { for: 'metric', class: 'visually-hidden' }, 'Search metrics'),
        this.#search,
      ),
      this.#noLatencies,
      this.#heatmap.root,
      this.#latencies,
      element('h2', {}, 'Counters and gauges'),
      this.#numbers,
    );
  }

  repaint(): void {
    for (const chart of [this.#records, this.#rings, this.#backends, this.#lost, ...this.#charts.values()]) chart.repaint();
    this.#heatmap.repaint();
  }

  update(readings: Readings): void {
    const status = readings.last;
    if (status === undefined) return;
    const { times } = readings;
    const lanes = Object.keys(status.health.lanes);
    const backends = Object.keys(status.health.backends);
    const lines = (names: readonly string[], prefix: string): ChartLine[] =>
      names.map((name, i) => ({ label: name, color: i % 8, values: readings.line(`${prefix}.${name}`) }));
    this.#records.update(times, lines(lanes, 'lane'));
    this.#rings.update(times, lines(lanes, 'ring'));
    this.#backends.update(times, lines(backends, 'backend'));
    const lostInRings = lines(lanes, 'lost').map((line) => ({ ...line, label: `ring ${line.label}` }));
    const lostBehind = lines(backends, 'lost.backend').map((line, i) => ({ ...line, color: (i + lanes.length) % 8 }));
    this.#lost.update(times, [...lostInRings, ...lostBehind]);
    this.#updateLatencies(status, readings);
    this.#updateNumbers(status, readings);
  }

  #passes(name: string, tags: Readonly<Record<string, unknown>>): boolean {
    const wanted = this.#search.value.trim().toLowerCase();
    return wanted === '' ? !isOwn(name) : seriesName(name, tags).toLowerCase().includes(wanted);
  }

  #updateLatencies({ metrics }: ControlStatus, readings: Readings): void {
    const found = metrics.percentiles
      .filter(({ name, tags }) => this.#passes(name, tags))
      .sort((a, b) => b.sinceStart.count - a.sinceStart.count);
    const shown = found.slice(0, MOST_CHARTS);
    setText(
      this.#noLatencies,
      found.length === 0
        ? 'No timer or histogram of this name has recorded anything.'
        : found.length > MOST_CHARTS
          ? `The busiest ${MOST_CHARTS} of ${count(found.length)}.`
          : '',
    );
    this.#heatmap.update(
      readings.times,
      [...found]
        .sort((a, b) => Number(isDuration(b)) - Number(isDuration(a)))
        .slice(0, MOST_HEATMAPS)
        .map(({ name, tags, unit }) => ({ key: keyOf(name, tags), title: seriesName(name, tags), unit })),
      (key) => readings.columns(key),
    );
    const keys = shown.map(({ name, tags }) => keyOf(name, tags));
    for (const [key, chart] of this.#charts) {
      if (keys.includes(key)) continue;
      chart.root.remove();
      this.#charts.delete(key);
    }
    for (const row of shown) this.#chartOf(row).update(readings.times, percentileLines(row, readings));
  }

  #chartOf({ name, tags, unit }: PercentileRow): Chart {
    const key = keyOf(name, tags);
    const known = this.#charts.get(key);
    if (known !== undefined) return known;
    const made = new Chart({ title: seriesName(name, tags), format: (value) => measured(value, unit), isLogarithmic: true });
    this.#charts.set(key, made);
    this.#latencies.append(made.root);
    return made;
  }

  #updateNumbers({ metrics }: ControlStatus, readings: Readings): void {
    if (this.#numbers.contains(document.activeElement) || !(document.getSelection()?.isCollapsed ?? true)) return;
    const all = metrics.metrics
      .filter(({ kind }) => kind !== 'histogram')
      .flatMap(({ name, kind, unit, series }) => series.map(({ tags, value }) => ({ name, kind, unit, tags, value })))
      .filter(({ name, tags }) => this.#passes(name, tags))
      .map((each) => ({
        ...each,
        perSecond: each.kind === 'counter' ? readings.now(`metric.${keyOf(each.name, each.tags)}`) : undefined,
      }))
      .sort((a, b) => (b.perSecond ?? 0) - (a.perSecond ?? 0) || a.name.localeCompare(b.name));
    const rows = all
      .slice(0, MOST_ROWS)
      .map(({ name, kind, unit, tags, value, perSecond }) => [
        seriesName(name, tags),
        kind,
        kind === 'counter' ? count(value) : measured(value, unit),
        perSecond === undefined ? '–' : rate(perSecond),
      ]);
    this.#numbers.replaceChildren(
      rows.length === 0
        ? element('p', { class: 'hint' }, 'No counter or gauge of this name.')
        : table('Counters and gauges', ['Series', 'Kind', 'Value', 'Per second'], rows),
      all.length > MOST_ROWS
        ? element('p', { class: 'hint' }, `And ${count(all.length - MOST_ROWS)} more: search for them.`)
        : '',
    );
  }
}

const isDuration = ({ unit }: PercentileRow) => /^(?:ns|us|ms|s)$/.test(unit);

function percentileLines({ name, tags, percentiles }: PercentileRow, readings: Readings): ChartLine[] {
  const key = keyOf(name, tags);
  // A scale of powers has no place for zero.
  const positive = (values: (number | null)[]) => values.map((value) => (value !== null && value > 0 ? value : null));
  return [
    ...percentiles.map((percentile, i) => ({
      label: `p${percentile}`,
      color: i % 8,
      values: positive(readings.line(`p${percentile}.${key}`)),
    })),
    { label: 'max', color: 7, values: positive(readings.line(`max.${key}`)) },
  ];
}
