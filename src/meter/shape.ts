/**
 * From a set of tags to its series, in a few nanoseconds.
 *
 * Call sites write tags as object literals, so the same keys come in the same order over and over. A *shape* is one such key list of one
 * instrument. It compares the keys of the object with its own, one identity comparison each, then the values with those of the last call, and only
 * then looks values up, by identity, in a small set of recent series and in nested maps. The function that does so is generated for each shape:
 * with its keys as constants it costs a third of a loop over arrays. Where code generation is forbidden the loop serves.
 */

import { getOrMake } from '../common/get-or-make.ts';
import { quoted } from '../common/plain-json.ts';
import { uniqueText } from '../common/specialise.ts';

/** Own keys only: an enumerable property on a prototype is not a tag. */
const hasOwn = Object.prototype.hasOwnProperty;

/** Series that a shape remembers before it asks its maps. Eight identity comparisons cost about what one look-up in a Map does. */
const RECENT = 8;
/** Longest key list that a function is generated for; longer ones go through the loop. */
const MAX_GENERATED_KEYS = 8;
/** Generated functions in one thread, 2 KiB each: a program that invents key lists must not fill the code space. */
const MAX_GENERATED = 1024;

/** Finds the series for the values of a shape's keys, in their order, and whether the result may be remembered. */
export type Resolve<S> = (values: readonly unknown[]) => { readonly series: S; readonly remember: boolean };

export interface Shape<S> {
  readonly keys: readonly string[];
  /** The series of `tags`, or `null` when its keys are not those of this shape. Not for arrays or primitives. */
  find(tags: object): S | null;
}

let generatedCount = 0;

/**
 * @param keys own enumerable keys of the tags, in order
 * @param kept for each key, whether its value is part of a series' identity; other values are not read
 * @param capacity value combinations that its maps remember; further ones are resolved anew each time
 */
export function createShape<S>(
  keys: readonly string[],
  kept: readonly boolean[],
  capacity: number,
  resolve: Resolve<S>,
): Shape<S> {
  const memory = new Memory<S>(kept.filter(Boolean).length, capacity, resolve);
  if (keys.length <= MAX_GENERATED_KEYS && generatedCount < MAX_GENERATED) {
    try {
      return { keys, find: generateFind(keys, kept, memory) };
    } catch {
      // Code generation is forbidden (`--disallow-code-generation-from-strings`): the loop below serves.
      generatedCount = MAX_GENERATED;
    }
  }
  return { keys, find: (tags) => findByLoop(keys, kept, memory, tags as Readonly<Record<string, unknown>>) };
}

/** Value combinations met so far, newest hit first. */
class Memory<S> {
  readonly width: number;
  readonly #capacity: number;
  readonly #resolve: Resolve<S>;
  /** The last series and, in `values`, what its values were. */
  series: S | null = null;
  readonly values: unknown[];
  readonly #recentSeries: (S | null)[] = new Array(RECENT).fill(null);
  readonly #recentValues: unknown[];
  #victim = 0;
  #root: Map<unknown, unknown> | undefined;
  #remembered = 0;

  constructor(width: number, capacity: number, resolve: Resolve<S>) {
    this.width = width;
    this.#capacity = capacity;
    this.#resolve = resolve;
    this.values = new Array(Math.max(width, 1)).fill(undefined);
    this.#recentValues = new Array(RECENT * width).fill(undefined);
  }

  /** The series of values that differ from the last ones. Makes it the last one. */
  look(values: readonly unknown[]): S {
    let series = this.#amongRecent(values);
    if (series === null) {
      series = this.#inMaps(values);
      if (series === null) {
        const found = this.#resolve(values);
        if (!found.remember || this.#remembered >= this.#capacity) return found.series;
        series = found.series;
        this.#store(values, series);
      }
      this.#recentSeries[this.#victim] = series;
      for (let i = 0; i < this.width; i++) this.#recentValues[this.#victim * this.width + i] = values[i];
      this.#victim = (this.#victim + 1) % RECENT;
    }
    for (let i = 0; i < this.width; i++) this.values[i] = values[i];
    this.series = series;
    return series;
  }

  #amongRecent(values: readonly unknown[]): S | null {
    const width = this.width;
    for (let entry = 0, at = 0; entry < RECENT; entry++, at += width) {
      let i = 0;
      while (i < width && this.#recentValues[at + i] === values[i]) i++;
      if (i === width) return this.#recentSeries[entry];
    }
    return null;
  }

  #inMaps(values: readonly unknown[]): S | null {
    let node: unknown = this.#root;
    for (let i = 0; i < this.width; i++) {
      if (node === undefined) return null;
      node = (node as Map<unknown, unknown>).get(values[i]);
    }
    return this.width === 0 || node === undefined ? null : (node as S);
  }

  #store(values: readonly unknown[], series: S): void {
    if (this.width === 0) return;
    this.#root ??= new Map();
    let node = this.#root;
    for (let i = 0; i < this.width - 1; i++) node = getOrMake(node, values[i], () => new Map()) as Map<unknown, unknown>;
    node.set(values[this.width - 1], series);
    this.#remembered++;
  }
}

function findByLoop<S>(
  keys: readonly string[],
  kept: readonly boolean[],
  memory: Memory<S>,
  tags: Readonly<Record<string, unknown>>,
): S | null {
  let at = 0;
  for (const key in tags) if (at >= keys.length || key !== keys[at++] || !hasOwn.call(tags, key)) return null;
  if (at !== keys.length) return null;
  const values: unknown[] = [];
  for (let i = 0; i < keys.length; i++) if (kept[i]) values.push(tags[keys[i]!]);
  let same = memory.series !== null;
  for (let i = 0; same && i < values.length; i++) same = values[i] === memory.values[i];
  return same ? memory.series : memory.look(values);
}

function generateFind<S>(keys: readonly string[], kept: readonly boolean[], memory: Memory<S>): (tags: object) => S | null {
  const own = keys.map((_, i) => i).filter((i) => kept[i]);
  const cases = keys.map((key, i) => `case ${i}: if (key !== ${quoted(key)} || !hasOwn.call(tags, key)) return null; break;`);
  generatedCount++;
  const source = `${uniqueText()}'use strict';
return function find(tags) {
  let at = 0;
  for (const key in tags) { switch (at) { ${cases.join(' ')} default: return null; } at++; }
  if (at !== ${keys.length}) return null;
  ${own.map((i, slot) => `const v${slot} = tags[${quoted(keys[i]!)}];`).join(' ')}
  const series = memory.series;
  if (series !== null${own.map((_, slot) => ` && v${slot} === last[${slot}]`).join('')}) return series;
  return memory.look([${own.map((_, slot) => `v${slot}`).join(', ')}]);
};`;
  return new Function('hasOwn', 'memory', 'last', source)(hasOwn, memory, memory.values) as (tags: object) => S | null;
}
