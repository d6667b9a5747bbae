/**
 * A histogram over time: a column for each reading, a row for each bucket, darker where more was recorded. It shows what percentile lines hide: two humps, a
 * plateau, a few far out.
 */
import { type Column, coarsened } from './bucket-history.ts';
import { element, setText } from './dom.ts';
import { clock, count, measured, rate } from './format.ts';

export interface HeatmapChoice {
  readonly key: string;
  readonly title: string;
  /** UCUM. */
  readonly unit: string;
}

const HEIGHT = 240;
/** Of the axes, as of the other charts. */
const LEFT = 64;
const BOTTOM = 24;
const TOP = 8;
const RIGHT = 12;
const WINDOW_SECONDS = 300;
/** A page that was just opened has little to show: its first readings need not be a dash at the right edge. */
const LEAST_SECONDS = 30;
const MOST_ROWS = 48;
const LEAST_ROWS = 6;
/** Buckets of 4 %: finer ones are rarely hit twice. */
const FINEST_SCALE = 4;
const SHADES = 6;

/** What is drawn, by the rows and columns of the picture. */
interface Picture {
  readonly columns: readonly { readonly from: number; readonly to: number; readonly column: Column }[];
  readonly scale: number;
  /** First and last bucket that has a row. */
  readonly low: number;
  readonly high: number;
  /** Seconds since the Unix epoch at the left and right edge. */
  readonly start: number;
  readonly end: number;
  /** Recordings per second of the fullest cell. */
  readonly most: number;
}

export class Heatmap {
  readonly root: HTMLElement;
  readonly #select = element('select', { id: 'heatmap-of', onchange: () => this.#draw() });
  readonly #canvas = element('canvas', { 'aria-hidden': 'true' });
  readonly #plot = element('div', { class: 'heatmap' }, this.#canvas);
  readonly #about = element('p', { class: 'hint heatmap-about' });
  readonly #least = element('span', {});
  readonly #most = element('span', {});
  #choices: readonly HeatmapChoice[] = [];
  #times: readonly number[] = [];
  #columnsOf: (key: string) => readonly (Column | null)[] = () => [];
  #picture: Picture | undefined;
  #pointer: { readonly x: number; readonly y: number } | undefined;

  constructor() {
    const shades = Array.from({ length: SHADES }, (_, i) => element('span', { class: `shade heat-${i}` }));
    this.root = element(
      'article',
      { class: 'card', hidden: true },
      element(
        'div',
        { class: 'heading' },
        element('div', { class: 'labelled-line' }, element('label', { for: 'heatmap-of' }, 'Heatmap of'), this.#select),
        element('p', { class: 'hint scale' }, this.#least, ...shades, this.#most),
      ),
      this.#plot,
      this.#about,
    );
    new ResizeObserver(() => this.#draw()).observe(this.#plot);
    this.#canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => this.#point({ x: offsetX, y: offsetY }));
    this.#canvas.addEventListener('pointerleave', () => this.#point(undefined));
  }

  /** `choices`: the first is shown until another one is chosen. */
  update(
    times: readonly number[],
    choices: readonly HeatmapChoice[],
    columnsOf: (key: string) => readonly (Column | null)[],
  ): void {
    this.root.hidden = choices.length === 0;
    this.#times = times;
    this.#columnsOf = columnsOf;
    this.#offer(choices);
    this.#draw();
  }

  /** The theme has changed. */
  repaint(): void {
    this.#draw();
  }

  #offer(choices: readonly HeatmapChoice[]): void {
    const isSame = choices.length === this.#choices.length && choices.every(({ key }, i) => key === this.#choices[i]?.key);
    this.#choices = choices;
    // A list that is open would close.
    if (isSame || document.activeElement === this.#select) return;
    const chosen = this.#select.value;
    this.#select.replaceChildren(...choices.map(({ key, title }) => element('option', { value: key }, title)));
    if (choices.some(({ key }) => key === chosen)) this.#select.value = chosen;
  }

  #point(at: { readonly x: number; readonly y: number } | undefined): void {
    this.#pointer = at;
    this.#describe();
  }

  #draw(): void {
    const width = this.#plot.clientWidth;
    const choice = this.#choices.find(({ key }) => key === this.#select.value);
    if (width === 0 || choice === undefined) return;
    const pixels = devicePixelRatio;
    this.#canvas.width = Math.round(width * pixels);
    this.#canvas.height = Math.round(HEIGHT * pixels);
    const context = this.#canvas.getContext('2d')!;
    context.scale(pixels, pixels);
    this.#picture = pictureOf(this.#times, this.#columnsOf(choice.key));
    paint(context, width, this.#picture, choice.unit);
    setText(this.#least, '0');
    setText(this.#most, this.#picture === undefined ? '' : `${rate(this.#picture.most)}/s`);
    this.#describe();
  }

  #describe(): void {
    const choice = this.#choices.find(({ key }) => key === this.#select.value);
    if (choice === undefined) return;
    setText(
      this.#about,
      this.#picture === undefined
        ? 'Nothing was recorded since the page was opened.'
        : (this.#cellAt(this.#picture, choice.unit) ?? summaryOf(this.#picture, choice.unit)),
    );
  }

  #cellAt(picture: Picture, unit: string): string | undefined {
    if (this.#pointer === undefined) return undefined;
    const area = areaOf(this.#plot.clientWidth);
    const seconds = picture.start + ((this.#pointer.x - area.left) / area.width) * (picture.end - picture.start);
    const found = picture.columns.find(({ from, to }) => seconds > from && seconds <= to);
    const row = Math.floor((area.top + area.height - this.#pointer.y) / (area.height / rowsOf(picture)));
    if (found === undefined || row < 0 || row >= rowsOf(picture)) return undefined;
    const bucket = picture.low + row;
    const perSecond = (found.column.counts.get(bucket) ?? 0) / (found.to - found.from);
    return `${clock(found.to)}: ${rangeText(bucket, bucket, picture.scale, unit)}: ${rate(perSecond)}/s`;
  }
}

/** Undefined: nothing was recorded. */
function pictureOf(times: readonly number[], all: readonly (Column | null)[]): Picture | undefined {
  const end = times.at(-1);
  if (end === undefined) return undefined;
  const given = all.flatMap((column, i) =>
    column === null || i === 0 || column.counts.size === 0 ? [] : [{ from: times[i - 1], to: times[i], column }],
  );
  if (given.length === 0) return undefined;
  let scale = Math.min(FINEST_SCALE, ...given.map(({ column }) => column.scale));
  let low: number;
  let high: number;
  for (; ; scale--) {
    const buckets = given.flatMap(({ column }) => [...column.counts.keys()].map((bucket) => bucket >> (column.scale - scale)));
    low = buckets.reduce((least, bucket) => Math.min(least, bucket));
    high = buckets.reduce((most, bucket) => Math.max(most, bucket));
    if (high - low < MOST_ROWS) break;
  }
  // A row as high as the picture says nothing of where it lies.
  for (; high - low + 1 < LEAST_ROWS; high++) if (high - low + 1 < LEAST_ROWS - 1) low--;
  const columns = given.map(({ from, to, column }) => ({ from, to, column: coarsened(column, scale) }));
  const most = Math.max(...columns.map(({ from, to, column }) => Math.max(...column.counts.values()) / (to - from)));
  const start = Math.min(Math.max(times[0], end - WINDOW_SECONDS), end - LEAST_SECONDS);
  return { columns, scale, low, high, start, end, most };
}

const rowsOf = ({ low, high }: Picture) => high - low + 1;
const areaOf = (width: number) => ({ left: LEFT, top: TOP, width: width - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM });

/** 0 for the least, SHADES - 1 for the most: by powers, so that a few far out are seen beside thousands. */
function shadeOf(perSecond: number, most: number): number {
  const share = most <= 0 ? 1 : Math.log1p(perSecond) / Math.log1p(most);
  return Math.min(SHADES - 1, Math.floor(share * SHADES));
}

function paint(context: CanvasRenderingContext2D, width: number, picture: Picture | undefined, unit: string): void {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  context.clearRect(0, 0, width, HEIGHT);
  if (picture === undefined) return;
  const area = areaOf(width);
  const x = (seconds: number) => area.left + ((seconds - picture.start) / (picture.end - picture.start)) * area.width;
  const rowHeight = area.height / rowsOf(picture);
  const y = (bucket: number) => area.top + area.height - (bucket - picture.low) * rowHeight;
  context.font = `11px ${style.fontFamily}`;
  context.strokeStyle = color('--line');
  context.fillStyle = color('--faint');
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const value of roundValues(picture)) {
    const at = y(Math.log2(value) * 2 ** picture.scale);
    line(context, area.left, at, area.left + area.width, at);
    context.fillText(measured(value, unit), area.left - 8, at);
  }
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const seconds of roundTimes(picture, area.width)) {
    line(context, x(seconds), area.top, x(seconds), area.top + area.height);
    context.fillText(clock(seconds), x(seconds), area.top + area.height + 8);
  }
  const shades = Array.from({ length: SHADES }, (_, i) => color(`--heat-${i}`));
  for (const { from, to, column } of picture.columns) {
    const left = Math.max(area.left, x(from));
    if (x(to) <= area.left) continue;
    for (const [bucket, recorded] of column.counts) {
      context.fillStyle = shades[shadeOf(recorded / (to - from), picture.most)];
      // To whole pixels and a little over: no seams between cells.
      const top = Math.floor(y(bucket + 1));
      context.fillRect(Math.floor(left), top, Math.ceil(x(to)) - Math.floor(left), Math.ceil(y(bucket)) - top);
    }
  }
}

function line(context: CanvasRenderingContext2D, fromX: number, fromY: number, toX: number, toY: number): void {
  context.beginPath();
  context.moveTo(fromX, Math.round(fromY) + 0.5);
  context.lineTo(toX, Math.round(toY) + 0.5);
  context.stroke();
}

/** 1, 2 and 5 times powers of ten within the picture; every other one of them, and so on, until they are few. */
function roundValues({ low, high, scale }: Picture): number[] {
  const least = 2 ** (low / 2 ** scale);
  const most = 2 ** ((high + 1) / 2 ** scale);
  const values: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(least)); power <= most; power *= 10)
    for (const digit of [1, 2, 5]) if (digit * power >= least && digit * power <= most) values.push(digit * power);
  const step = Math.ceil(values.length / 8);
  return values.length === 0 ? [least] : values.filter((_, i) => i % step === 0);
}

function roundTimes({ start, end }: Picture, width: number): number[] {
  const most = Math.max(2, Math.floor(width / 110));
  const step = [5, 10, 15, 30, 60, 120].find((each) => (end - start) / each <= most) ?? 300;
  const times: number[] = [];
  for (let at = Math.ceil(start / step) * step; at <= end; at += step) times.push(at);
  return times;
}

function rangeText(low: number, high: number, scale: number, unit: string): string {
  return `${measured(2 ** (low / 2 ** scale), unit)} – ${measured(2 ** ((high + 1) / 2 ** scale), unit)}`;
}

/** The narrowest run of rows with half of all recordings. */
function summaryOf({ columns, scale, low, high }: Picture, unit: string): string {
  const rows = new Array<number>(high - low + 1).fill(0);
  for (const { column } of columns) for (const [bucket, recorded] of column.counts) rows[bucket - low] += recorded;
  const zeroOrLess = columns.reduce((sum, { column }) => sum + column.zeroOrLess, 0);
  const positive = rows.reduce((sum, each) => sum + each, 0);
  let best = { from: 0, to: rows.length - 1 };
  for (let from = 0; from < rows.length; from++) {
    let sum = 0;
    for (let to = from; to < rows.length && to - from < best.to - best.from; to++) {
      sum += rows[to];
      if (sum * 2 >= positive) best = { from, to };
    }
  }
  const half = rangeText(low + best.from, low + best.to, scale, unit);
  const others = zeroOrLess === 0 ? '' : ` ${count(zeroOrLess)} of zero or less are not in the picture.`;
  return `${count(positive)} recordings, half of them ${half}.${others}`;
}
