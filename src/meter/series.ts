/**
 * The series of one instrument, found by tags in any order. The fast path is in `shape.ts`; here a set of tags becomes a series.
 */

import { REDACTED_TEXT } from '../common/mask-secrets.ts';
import { plainJson } from '../common/plain-json.ts';
import type { Redaction } from '../redaction/redaction.ts';
import { OVERFLOW_TAGS, type TagPairs, type TagValue } from '../series/instrument.ts';
import { canonicalKey, keptText, labelOf, MAX_TAGS } from './names.ts';
import { createShape, type Shape } from './shape.ts';

/** Key lists for which an instrument keeps a function; calls with further ones are resolved by their canonical form, a few hundred nanoseconds. */
const MAX_SHAPES = 16;

export interface SeriesIndexOptions<S> {
  /** Makes the series of a canonical tag set, or answers `undefined` when memory was refused. */
  readonly create: (tags: TagPairs) => S | undefined;
  /** Takes measurements when memory was refused, and counts them as not recorded. */
  readonly refused: S;
  /** Series the instrument may have, the overflow series among them. */
  readonly limit: number;
  /** Only these tags are kept. */
  readonly keep: readonly string[] | undefined;
  /** How values are kept: the facade's as text, OpenTelemetry's with their types. Texts of any length: they are cut when they are masked. */
  readonly valueOf: (value: unknown) => TagValue | undefined;
  /** Values of these tags are replaced, and not read: they tell no series apart. */
  readonly redaction: Redaction;
}

/** In place of a position: the tag's value is replaced. */
const REDACTED = -1;

/** Where a canonical tag takes its value from: positions in a shape's kept values. More than one when keys became the same. */
interface Source {
  readonly key: string;
  readonly positions: readonly number[];
}

export class SeriesIndex<S> {
  /** The series beyond the limit. Callers count measurements that go there. */
  overflow: S | null = null;
  /** The series without tags, once it was used. */
  bare: S | null = null;
  readonly #options: SeriesIndexOptions<S>;
  readonly #shapes: Shape<S>[] = [];
  readonly #byTags = new Map<string, S>();

  constructor(options: SeriesIndexOptions<S>) {
    this.#options = options;
  }

  get size(): number {
    return this.#byTags.size;
  }

  /** The series of `tags`; anything but an object stands for no tags. May run getters of the tags, which may throw. */
  select(tags: object | null | undefined): S {
    if (tags === undefined || tags === null || typeof tags !== 'object') return this.bare ?? this.#selectBare();
    // By index: an iterator costs more than a look at the first shape, which is nearly always the one.
    for (let i = 0; i < this.#shapes.length; i++) {
      const series = this.#shapes[i]!.find(tags);
      if (series !== null) return series;
    }
    return this.#selectByNewShape(tags as Readonly<Record<string, unknown>>);
  }

  #selectBare(): S {
    const series = this.#resolve([]);
    if (series !== this.#options.refused) this.bare = series;
    return series;
  }

  #selectByNewShape(tags: Readonly<Record<string, unknown>>): S {
    const keys = Object.keys(tags).slice(0, MAX_TAGS);
    const keep = this.#options.keep;
    const wanted = keys.filter((key) => keep === undefined || keep.includes(key) || keep.includes(canonicalKey(key)));
    const isRedacted = (key: string) => this.#options.redaction.redactsKey(key);
    const read = wanted.filter((key) => !isRedacted(key));
    const kept = keys.map((key) => read.includes(key));
    const sources = sourcesOf(wanted.map((key) => ({ raw: key, position: isRedacted(key) ? REDACTED : read.indexOf(key) })));
    if (this.#shapes.length >= MAX_SHAPES || Object.keys(tags).length > MAX_TAGS || !iteratesLike(tags, keys)) {
      const values = keys.filter((_, i) => kept[i]).map((key) => tags[key]);
      return this.#resolve(this.#pairs(sources, values));
    }
    const shape = createShape<S>(keys, kept, 2 * this.#options.limit, (values) => {
      const series = this.#resolve(this.#pairs(sources, values));
      return { series, remember: series !== this.#options.refused && values.every(isImmutable) };
    });
    this.#shapes.push(shape);
    return shape.find(tags) ?? this.#options.refused;
  }

  #pairs(sources: readonly Source[], values: readonly unknown[]): TagPairs {
    const pairs: [string, TagValue][] = [];
    for (const { key, positions } of sources) {
      const present: TagValue[] = [];
      for (const position of positions) {
        const value = position === REDACTED ? REDACTED_TEXT : this.#options.valueOf(values[position]);
        if (value !== undefined) present.push(this.#masked(value));
      }
      if (present.length > 0) pairs.push([key, present.length === 1 ? present[0]! : present.join(';')]);
    }
    return pairs;
  }

  #masked(value: TagValue): TagValue {
    const { maskText } = this.#options.redaction;
    if (typeof value === 'string') return keptText(value, maskText);
    return Array.isArray(value)
      ? value.map((element) => (typeof element === 'string' ? keptText(element, maskText) : element))
      : value;
  }

  #resolve(pairs: TagPairs): S {
    const id = plainJson(pairs);
    const known = this.#byTags.get(id);
    if (known !== undefined) return known;
    const full = this.#byTags.size >= this.#options.limit - 1;
    if (full && this.overflow !== null) return this.overflow;
    const series = this.#options.create(full ? OVERFLOW_TAGS : pairs);
    if (series === undefined) return this.overflow ?? this.#options.refused;
    if (full) this.overflow = series;
    else this.#byTags.set(id, series);
    return series;
  }
}

/** Canonical keys in order, each with the positions of the keys that became it, in the order of those keys. */
function sourcesOf(keys: readonly { readonly raw: string; readonly position: number }[]): Source[] {
  const byLabel = new Map<string, { key: string; raw: string; position: number }[]>();
  keys.forEach(({ raw, position }) => {
    const key = canonicalKey(raw);
    const label = labelOf(key);
    const group = byLabel.get(label);
    if (group === undefined) byLabel.set(label, [{ key, raw, position }]);
    else group.push({ key, raw, position });
  });
  const sources = [...byLabel].map(([label, group]): Source => {
    group.sort((a, b) => (a.raw < b.raw ? -1 : 1));
    return { key: group.length === 1 ? group[0]!.key : label, positions: group.map(({ position }) => position) };
  });
  return sources.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** A value whose text cannot change while its identity stays. */
function isImmutable(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

/** Whether `for in` yields exactly these keys: with a polluted prototype it yields more, and no shape would ever match. */
function iteratesLike(tags: object, keys: readonly string[]): boolean {
  let at = 0;
  for (const key in tags) if (key !== keys[at++]) return false;
  return at === keys.length;
}
