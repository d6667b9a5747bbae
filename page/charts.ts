/**
 * Charts over the last minutes, by uPlot. Colours come from the page's style, so that both themes have their own.
 */
import uPlot from 'uplot';
import { element } from './dom.ts';
import { clock } from './format.ts';

export interface ChartLine {
  readonly label: string;
  /** Number of the palette's colour. */
  readonly color: number;
  readonly values: (number | null)[];
}

export interface ChartOptions {
  readonly title: string;
  readonly format: (value: number) => string;
  /** Powers of ten in place of a scale from zero. */
  readonly isLogarithmic?: boolean;
  /** Upper end of the scale, for shares. */
  readonly most?: number;
}

const HEIGHT = 180;
const WINDOW_SECONDS = 300;
/** A page that was just opened has little to show: its first readings need not be a dash at the right edge. */
const LEAST_SECONDS = 30;

export class Chart {
  readonly root: HTMLElement;
  readonly #plot = element('div', { class: 'plot' });
  readonly #options: ChartOptions;
  #chart: uPlot | undefined;
  #labels = '';

  constructor(options: ChartOptions) {
    this.#options = options;
    this.root = element('article', { class: 'card chart' }, element('h3', {}, options.title), this.#plot);
    new ResizeObserver(() => this.#resize()).observe(this.#plot);
  }

  update(times: readonly number[], lines: readonly ChartLine[]): void {
    const labels = lines.map(({ label }) => label).join('\n');
    const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData;
    if (this.#chart === undefined || labels !== this.#labels) this.#make(lines, data);
    else this.#chart.setData(data);
    this.#labels = labels;
  }

  /** The theme has changed: colours are drawn, so they are drawn anew. */
  repaint(): void {
    this.#labels = '\0';
  }

  #resize(): void {
    const { clientWidth } = this.#plot;
    if (clientWidth > 0) this.#chart?.setSize({ width: clientWidth, height: HEIGHT });
  }

  #make(lines: readonly ChartLine[], data: uPlot.AlignedData): void {
    this.#chart?.destroy();
    const { format, isLogarithmic = false, most } = this.#options;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: color('--faint'),
      font: `11px ${style.fontFamily}`,
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
    };
    const shownValue = (value: number | null | undefined) => (value === null || value === undefined ? '–' : format(value));
    this.#chart = new uPlot(
      {
        width: Math.max(200, this.#plot.clientWidth),
        height: HEIGHT,
        // On the right, half of a time's label, which may stand at the very end.
        padding: [8, 26, 0, 0],
        legend: { live: true },
        cursor: { points: { size: 6 }, y: false },
        scales: {
          x: { time: true, range: (_, min, max) => [Math.min(Math.max(min, max - WINDOW_SECONDS), max - LEAST_SECONDS), max] },
          y: isLogarithmic
            ? { distr: 3, log: 10, range: (_, min, max) => logarithmicRange(min, max) }
            : { range: (_, __, max) => [0, most ?? Math.max(max * 1.15, 1)] },
        },
        axes: [
          { ...axis, size: 28, space: 76, values: (_, splits) => splits.map(clock) },
          { ...axis, size: 64, values: (_, splits) => splits.map((each) => (each === null ? '' : format(each))) },
        ],
        series: [
          { label: 'Time', value: (_, seconds) => (seconds === null ? '' : clock(seconds)) },
          ...lines.map(({ label, color: index }) => ({
            label,
            stroke: color(`--line-${index}`),
            width: 1.75,
            spanGaps: false,
            points: { show: false },
            // Without a pointer: the newest.
            value: (chart: uPlot, value: number | null, index: number, at: number | null) =>
              shownValue(at === null ? chart.data[index].at(-1) : value),
          })),
        ],
      },
      data,
      this.#plot,
    );
    // The canvas says nothing to those who do not see it.
    this.#plot.querySelector('canvas')?.setAttribute('aria-hidden', 'true');
  }
}

function logarithmicRange(min: number | null, max: number | null): [number, number] {
  const low = min !== null && min > 0 ? min : 1;
  const high = max !== null && max > low ? max : low * 10;
  return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high * 1.01))];
}
