/**
 * Plain objects with the same keys in the same order, at the same place as far as redaction is concerned: a shape. Two things are found out once: which of its
 * values are redacted, and the bytes of its keys. A shape that is met often gets a function of its own, in which keys are constants; where the engine forbids
 * code from strings, the loop over its keys goes on serving.
 */
import { quoted } from '../../common/plain-json.ts';
import { uniqueText } from '../../common/specialise.ts';
import type { Place } from '../../redaction/redaction.ts';
import { plainView } from './plain-memory.ts';
import { VALUE_MAP, VALUE_NUMBER, VALUE_REDACTED } from './value.ts';

/**
 * Writes an object of one shape at `at`, `depth` objects and arrays around it; returns where it ends, or {@link NOT_OF_SHAPE}; bytes written until then do not
 * count.
 */
export type ObjectWriter = (object: object, at: number, depth: number) => number;

export const NOT_OF_SHAPE = -1;

/** Most keys of a shape, and most bytes of them: a larger object is written key by key. */
const MAX_KEYS = 48;
const MAX_KEY_BYTES = 2_048;

/** Calls of a shape's loop before a function is generated for it. */
const HOT_CALLS = 32;

/** Objects with such a member are more than their properties: they are left to the general writer. */
const TELLING_KEYS: ReadonlySet<string> = new Set(['toJSON', 'headers']);

/** A place in a value that shapes are remembered for: the element of an array, the member of an object. */
export class Site {
  readonly shapes: ShapesOfPlace;
  last: PlainShape | undefined = undefined;
  /** Of the values of errors that stand here. */
  ofErrors: ErrorSites | undefined = undefined;
  /** Of the value that stood here last but is judged by another place. */
  placed: Site | undefined = undefined;

  constructor(shapes: ShapesOfPlace) {
    this.shapes = shapes;
  }
}

/** The places of an error's values; undefined: they are redacted. */
export interface ErrorSites {
  readonly message: Site | undefined;
  readonly stack: Site | undefined;
  readonly cause: Site | undefined;
}

/** The writers that shapes use for their members. */
export interface MemberWriters {
  /** A value of any kind. */
  readonly value: (value: unknown, at: number, depth: number, site: Site) => number;
  readonly text: (text: string, at: number) => number;
  /** False: there are as many as there may be. */
  readonly mayGenerate: () => boolean;
}

/** Shapes at one place. */
export class ShapesOfPlace {
  readonly place: Place;
  readonly #byFirstKey = new Map<string, PlainShape>();

  constructor(place: Place) {
    this.place = place;
  }

  /** First of the shapes whose first key this is; further ones hang on it. */
  startingWith(key: string | undefined): PlainShape | undefined {
    return key === undefined ? undefined : this.#byFirstKey.get(key);
  }

  add(shape: PlainShape): void {
    const { keys } = shape;
    shape.next = this.#byFirstKey.get(keys[0]);
    this.#byFirstKey.set(keys[0], shape);
  }

  /** Forgets shapes without a function of their own; returns how many are left. */
  forgetCold(): number {
    let left = 0;
    for (const [key, first] of this.#byFirstKey) {
      let kept: PlainShape | undefined;
      for (let shape: PlainShape | undefined = first; shape !== undefined; ) {
        const { next }: PlainShape = shape;
        if (shape.isHot) {
          shape.next = kept;
          kept = shape;
          left++;
        }
        shape = next;
      }
      if (kept === undefined) this.#byFirstKey.delete(key);
      else this.#byFirstKey.set(key, kept);
    }
    return left;
  }
}

/** Whether objects with these keys have a shape. */
export function canBeShape(keys: readonly string[]): boolean {
  if (keys.length === 0 || keys.length > MAX_KEYS) return false;
  let bytes = 0;
  for (const key of keys) {
    bytes += key.length * 3;
    if (TELLING_KEYS.has(key) || bytes > MAX_KEY_BYTES) return false;
  }
  return true;
}

export class PlainShape {
  readonly keys: readonly string[];
  /** By key: the place of its values; undefined: they are redacted. */
  readonly sites: readonly (Site | undefined)[];
  /** Bytes that the keys take in each object. */
  readonly keyBytes: number;
  write: ObjectWriter;
  isHot = false;
  next: PlainShape | undefined = undefined;
  /** The bytes in front of each value: the head of the map and its first key, then key by key, each with the tag that its value will have if it is a number. */
  readonly #prefixes: readonly Buffer[];
  readonly #members: MemberWriters;
  #calls = 0;

  constructor(keys: readonly string[], sites: readonly (Site | undefined)[], members: MemberWriters) {
    this.keys = keys;
    this.sites = sites;
    this.#members = members;
    this.#prefixes = keys.map((key, i) => prefixOf(key, i === 0 ? keys.length : undefined, sites[i] === undefined));
    this.keyBytes = keys.reduce((sum, key) => sum + 4 + Buffer.byteLength(key), 0);
    this.write = this.#loop();
  }

  #loop(): ObjectWriter {
    const { keys, sites } = this;
    const { value } = this.#members;
    const prefixes = this.#prefixes.map(wordsOf);
    const lengths = this.#prefixes.map(({ length }) => length);
    return (object, start, depth) => {
      if (!hasKeys(object, keys) || !isBare(object)) return NOT_OF_SHAPE;
      if (++this.#calls === HOT_CALLS) this.#generate();
      let at = start;
      for (let i = 0; i < keys.length; i++) {
        const words = prefixes[i];
        for (let k = 0; k < words.length; k++) plainView.setInt32(at + k * 4, words[k], true);
        at += lengths[i];
        const site = sites[i];
        if (site !== undefined) at = value((object as Record<string, unknown>)[keys[i]], at - 1, depth + 1, site);
      }
      return at;
    };
  }

  #generate(): void {
    if (!this.#members.mayGenerate()) return;
    try {
      this.write = this.#generated();
      this.isHot = true;
    } catch {
      // --disallow-code-generation-from-strings: the loop serves.
    }
  }

  /** The loop above, unrolled. Each function gets a text of its own: see encode/generated-writer.ts. */
  #generated(): ObjectWriter {
    const { keys, sites } = this;
    const cases = keys.map(
      (key, i) => `case ${i}: if (k !== ${quoted(key)} || !isOwn.call(o, k)) return ${NOT_OF_SHAPE}; break;`,
    );
    const members = keys.map((key, i) => {
      const words = [...wordsOf(this.#prefixes[i])].map((word, k) => `view.setInt32(p + ${k * 4}, ${word}, true);`).join(' ');
      const { length } = this.#prefixes[i];
      if (sites[i] === undefined) return `${words} p += ${length};`;
      return `${words}
  { const v = o[${quoted(key)}];
    if (typeof v === 'number') { view.setFloat64(p + ${length}, v, true); p += ${length + 8}; }
    else if (typeof v === 'string') p = text(v, p + ${length - 1});
    else p = value(v, p + ${length - 1}, depth + 1, s${i}); }`;
    });
    const source = `${uniqueText()}'use strict';
return function write(o, p, depth) {
  let i = 0;
  for (const k in o) { switch (i++) { ${cases.join(' ')} default: return ${NOT_OF_SHAPE}; } }
  if (i !== ${keys.length} || o.toJSON !== undefined) return ${NOT_OF_SHAPE};
  const prototype = prototypeOf(o);
  if (prototype !== plain && prototype !== null) return ${NOT_OF_SHAPE};
  ${members.join('\n  ')}
  return p;
}`;
    const constants: Record<string, unknown> = {
      view: plainView,
      value: this.#members.value,
      text: this.#members.text,
      isOwn,
      plain: Object.prototype,
      prototypeOf: Object.getPrototypeOf,
      ...Object.fromEntries(sites.map((site, i) => [`s${i}`, site])),
    };
    return new Function(...Object.keys(constants), source)(...Object.values(constants)) as ObjectWriter;
  }
}

const isOwn = Object.prototype.hasOwnProperty;

/** These own keys and no others, in this order. */
function hasKeys(object: object, keys: readonly string[]): boolean {
  let i = 0;
  for (const key in object) {
    if (i >= keys.length || keys[i] !== key || !isOwn.call(object, key)) return false;
    i++;
  }
  return i === keys.length;
}

/** A plain object without members of special meaning. */
export function isBare(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return (prototype === Object.prototype || prototype === null) && (object as { toJSON?: unknown }).toJSON === undefined;
}

function prefixOf(key: string, count: number | undefined, isRedacted: boolean): Buffer {
  const text = Buffer.from(key);
  const head = Buffer.alloc(count === undefined ? 4 : 9);
  if (count !== undefined) {
    head[0] = VALUE_MAP;
    head.writeUInt32LE(count, 1);
  }
  head.writeUInt32LE(text.length, head.length - 4);
  return Buffer.concat([head, text, Buffer.from([isRedacted ? VALUE_REDACTED : VALUE_NUMBER])]);
}

/** In words of four bytes, padded with zeros, which the bytes behind overwrite. */
export function wordsOf(prefix: Buffer): Int32Array {
  const words = new Int32Array((prefix.length + 3) >> 2);
  for (let i = 0; i < words.length; i++) {
    for (let k = 0; k < 4 && i * 4 + k < prefix.length; k++) words[i] |= prefix[i * 4 + k] << (8 * k);
  }
  return words;
}
