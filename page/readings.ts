/**
 * Readings of the process, one a second, and what happened between them: the last five minutes.
 */
import type { ControlStatus } from '../src/control/protocol.ts';
import { BucketHistory, type Column } from './bucket-history.ts';

const KEPT_SECONDS = 300;

export interface Line {
  /** By reading; null where there was nothing to read. */
  readonly values: (number | null)[];
}

export class Readings {
  /** Unix seconds, by reading. */
  readonly times: number[] = [];
  readonly #lines = new Map<string, Line>();
  readonly #buckets = new BucketHistory();
  #before: ControlStatus | undefined;
  #last: ControlStatus | undefined;
  /** Totals of the reading before, by name. */
  #totals = new Map<string, number>();

  get last(): ControlStatus | undefined {
    return this.#last;
  }

  /** The process has another number than before: it was started anew. */
  get isOtherProcess(): boolean {
    return this.#before !== undefined && this.#last !== undefined && this.#before.instanceId !== this.#last.instanceId;
  }

  /** The values of a name, as long as `times`. */
  line(name: string): (number | null)[] {
    const { values } = this.#lineOf(name);
    while (values.length < this.times.length) values.push(null);
    return values;
  }

  /** The newest value of a name. */
  now(name: string): number {
    return this.line(name).at(-1) ?? 0;
  }

  /** What a histogram has recorded before each reading, by its key; shorter than `times` when little is known. */
  columns(key: string): readonly (Column | null)[] {
    return this.#buckets.columns(key);
  }

  add(status: ControlStatus): void {
    this.#before = this.#last;
    this.#last = status;
    if (this.isOtherProcess) this.#forget();
    const seconds = status.timeUnixMillis / 1_000;
    const elapsed = this.times.length === 0 ? 0 : seconds - (this.times.at(-1) as number);
    if (this.times.length > 0 && elapsed <= 0) return; // the same answer again
    this.times.push(seconds);
    const totals = new Map<string, number>();
    for (const [name, total] of totalsOf(status)) {
      totals.set(name, total);
      const before = this.#totals.get(name);
      // A total that has become smaller began anew.
      if (before !== undefined && elapsed > 0) this.#put(name, Math.max(0, total - before) / elapsed);
    }
    this.#totals = totals;
    for (const [name, value] of valuesOf(status)) this.#put(name, value);
    this.#buckets.add(
      status.metrics.percentiles.map(({ name, tags, sinceStart: { count }, buckets }) => ({
        key: keyOf(name, tags),
        count,
        buckets,
      })),
    );
    if (this.times.length > KEPT_SECONDS) {
      this.times.shift();
      this.#buckets.shift();
      for (const { values } of this.#lines.values()) values.shift();
    }
  }

  #put(name: string, value: number | null): void {
    const values = this.line(name);
    values[this.times.length - 1] = value;
  }

  #lineOf(name: string): Line {
    let line = this.#lines.get(name);
    if (line === undefined) {
      line = { values: [] };
      this.#lines.set(name, line);
    }
    return line;
  }

  #forget(): void {
    this.times.length = 0;
    this.#lines.clear();
    this.#buckets.forget();
    this.#totals.clear();
  }
}

/** Names of the pipeline's own metrics: lanes and backends say the same. */
const OWN_METRIC = /^(?:hft_otel[_.]|hft\.|otel\.sdk\.)/;

export function isOwn(name: string): boolean {
  return OWN_METRIC.test(name);
}

export function keyOf(name: string, tags: Readonly<Record<string, unknown>>): string {
  return `${name} ${JSON.stringify(tags)}`;
}

/** What only grows: shown as rates. */
function* totalsOf({ health, metrics }: ControlStatus): Generator<readonly [string, number]> {
  for (const [lane, { accepted, droppedTotal }] of Object.entries(health.lanes)) {
    yield [`lane.${lane}`, accepted];
    yield [`lost.${lane}`, droppedTotal];
  }
  for (const [name, { delivered, bytes, droppedTotal }] of Object.entries(health.backends)) {
    yield [`backend.${name}`, delivered];
    yield [`bytes.${name}`, bytes];
    yield [`lost.backend.${name}`, droppedTotal];
  }
  for (const { name, kind, series } of metrics.metrics) {
    if (kind !== 'counter' && kind !== 'histogram') continue;
    for (const { tags, value, count } of series) yield [`metric.${keyOf(name, tags)}`, kind === 'counter' ? value : (count ?? 0)];
  }
}

/** What is as it is now. */
function* valuesOf({ health, metrics }: ControlStatus): Generator<readonly [string, number | null]> {
  for (const [lane, { ringFill }] of Object.entries(health.lanes)) yield [`ring.${lane}`, ringFill * 100];
  for (const [name, { pending }] of Object.entries(health.backends)) yield [`waiting.${name}`, pending];
  for (const { name, kind, series } of metrics.metrics) {
    if (kind !== 'gauge' && kind !== 'updown') continue;
    for (const { tags, value } of series) yield [`metric.${keyOf(name, tags)}`, value];
  }
  for (const { name, tags, percentiles, window } of metrics.percentiles) {
    for (const [i, percentile] of percentiles.entries())
      yield [`p${percentile}.${keyOf(name, tags)}`, window === undefined ? null : window.values[i]];
    yield [`max.${keyOf(name, tags)}`, window === undefined ? null : window.max];
  }
}
