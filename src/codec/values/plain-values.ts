/**
 * Nested values as services log them (plain objects and arrays of numbers and texts) → encoded values, in one pass: no list of open objects, no path, no guard
 * around each member. A value that needs one of these is left to the general writer (value-writer.ts), which defines all forms; a test checks that both give
 * the same bytes.
 *
 * - A value inside itself and one that is too deep both show as depth: the whole value goes to the general writer, which distinguishes them.
 * - A getter that throws ends the pass: the general writer reads the value again, with guards.
 * - Instances of classes, Maps and the like are written by the general writer where they stand.
 * - Redacted members, and the bytes of keys, are found out once for each shape of an object (plain-shape.ts).
 * - A getter, a proxy or a `toJSON` may log: such a call inside a call finds the memory in use, and goes the general way.
 */
import { specialise } from '../../common/specialise.ts';
import type { Place, Redaction } from '../../redaction/redaction.ts';
import { errorParts, stackOf } from './error-parts.ts';
import { MOST_PLAIN_BYTES, plainBytes, plainView } from './plain-memory.ts';
import { canBeShape, type ErrorSites, type MemberWriters, PlainShape, ShapesOfPlace, Site, wordsOf } from './plain-shape.ts';
import { NOT_SHORT, writeAscii, writeLongText, writeNumber, writeRun, writeShortText } from './plain-text.ts';
import { type EncodedSource, Placed, Prepared } from './prepared.ts';
import {
  keptNumbers,
  MAX_ELEMENTS,
  MOST_WIDTH,
  makeTableWriter,
  mostTableBytes,
  NUMBERS_HEAD_BYTES,
  type TableWriter,
  tableConstants,
  writeTableHead,
} from './tables.ts';
import {
  VALUE_ARRAY,
  VALUE_BYTES,
  VALUE_FALSE,
  VALUE_MAP,
  VALUE_NULL,
  VALUE_NUMBERS,
  VALUE_REDACTED,
  VALUE_TRUE,
  VALUE_UNDEFINED,
} from './value.ts';
import { GRACE_BYTES, MAX_KEY_BYTES, SHORT_UNITS } from './value-bytes.ts';
import { cutAt, cutText, exceptionType, isError, isReadable, keptUnits, MARK_BYTES, missingText } from './value-texts.ts';
import { MAX_DEPTH, NO_STACKS, ValueWriter } from './value-writer.ts';

/** In place of an end: the value is for the general writer. */
export const NOT_PLAIN = -1;

/** Thrown to end a pass. */
const LEFT_TO_THE_GENERAL_WRITER: unique symbol = Symbol('not plain');

/** Shapes that are remembered; those without a function are forgotten when there are more. */
const MAX_SHAPES = 1_024;
/** Functions generated: each takes some 10 KB. */
const MAX_GENERATED = 512;
/** Places that shapes are remembered for. Only entries of `redact` with several parts make more than one. */
const MAX_PLACES = 256;

// State of the pass under way. Of the module, not of an object: there is one memory for each thread.
let isActive = false;
/** No value is begun beyond this position, except for shared keys. */
let limit = 0;
/** Keys that objects of an array have in common with the one before them: they count once. */
let shared = 0;
let mostShared = 0;
let mostBytes = 0;
/** Errors whose stacks the record has already. */
let stacksSaid = NO_STACKS;
const marks = new Map<number, number>();

const writeTable: TableWriter = specialise(makeTableWriter, tableConstants(plainView, writeAscii));

/** The bytes that {@link PlainValues} have written. */
export const PLAIN_SOURCE: EncodedSource = { bytes: plainBytes, marks };

/** Bytes of keys that were written again and again by passes since {@link beginPlain}. */
export function sharedKeyBytes(): number {
  return Math.min(shared, mostShared);
}

/**
 * To be called before the first value of a record. `most`: bytes that each of its values may take before it is cut; `sharedMost`: bytes that repeated keys may take
 * beyond. A call inside a call changes nothing.
 */
export function beginPlain(most: number, sharedMost: number): void {
  if (isActive) return;
  mostBytes = most;
  mostShared = sharedMost;
  shared = 0;
  if (marks.size > 0) marks.clear();
}

/** Bytes that are left for the value at `at`. */
function roomAt(at: number): number {
  return limit + sharedKeyBytes() - at;
}

/** Writers of nested values for one redaction. */
export interface PlainValues {
  /** Of the values of a record's field. */
  site(key: string): Site;
  /** Encodes the value of a record's field at `from`; returns where it ends, or {@link NOT_PLAIN}: it is for the general writer. Never throws. */
  write(value: unknown, from: number, site: Site): number;
  /** The same of a value in a list: it may be an Error, or be judged by another place than that of its field. */
  writeListed(value: unknown, from: number, site: Site): number;
}

/** Functions in one closure, not methods: a call of a private method looks its class up, and is not inlined. */
export function makePlainValues(redaction: Redaction): PlainValues {
  const general = new ValueWriter(redaction, 1024);
  const places = new Map<Place, ShapesOfPlace>();
  let shapesKept = 0;
  let generated = 0;
  const members: MemberWriters = { value: writeValue, text: writeText, mayGenerate: () => generated++ < MAX_GENERATED };

  function write(value: unknown, from: number, site: Site): number {
    if (isActive || site.shapes.place.redacted || from + mostBytes + mostShared > MOST_PLAIN_BYTES) return NOT_PLAIN;
    isActive = true;
    limit = from + mostBytes;
    try {
      return isError(value) ? NOT_PLAIN : writeValue(value, from, 0, site);
    } catch {
      // If a getter or a proxy throws, the general writer writes the error's text in its place.
      return NOT_PLAIN;
    } finally {
      isActive = false;
    }
  }

  function writeListed(value: unknown, from: number, site: Site): number {
    const placed = Prepared.is(value) && value instanceof Placed ? value : undefined;
    const at = placed === undefined ? site : placedSite(site, placed.place);
    if (isActive || at.shapes.place.redacted || from + mostBytes + mostShared > MOST_PLAIN_BYTES) return NOT_PLAIN;
    isActive = true;
    limit = from + mostBytes;
    try {
      if (placed === undefined) return writeValue(value, from, 0, at);
      stacksSaid = placed.stacksSaid;
      return writeValue(placed.value, from, 0, at);
    } catch {
      return NOT_PLAIN;
    } finally {
      isActive = false;
      stacksSaid = NO_STACKS;
    }
  }

  function placedSite(site: Site, place: Place): Site {
    const { placed } = site;
    if (placed !== undefined && placed.shapes.place === place) return placed;
    site.placed = siteAt(place);
    return site.placed;
  }

  function writeValue(value: unknown, at: number, depth: number, site: Site): number {
    switch (typeof value) {
      case 'number':
        return writeNumber(value, at);
      case 'string':
        return writeText(value, at);
      case 'boolean':
        return tagged(value ? VALUE_TRUE : VALUE_FALSE, at);
      case 'undefined':
        return tagged(VALUE_UNDEFINED, at);
      case 'object':
        if (value === null) return tagged(VALUE_NULL, at);
        if (depth >= MAX_DEPTH) throw LEFT_TO_THE_GENERAL_WRITER;
        return Array.isArray(value) ? writeArray(value, at, depth, site) : writeObject(value, at, depth, site);
      default:
        return writeForeign(value, at, depth, site);
    }
  }

  function writeText(text: string, at: number): number {
    const end = writeShortText(text, at);
    return end === NOT_SHORT ? writeOtherText(text, at) : end;
  }

  function writeOtherText(text: string, at: number): number {
    const masked = redaction.maskText(text);
    const { length } = masked;
    const room = roomAt(at);
    if (length * 3 <= room || length <= SHORT_UNITS) return writeLongText(masked, at);
    const kept = keptUnits(masked, room);
    if (kept < length) marks.set(at, length - kept);
    return writeLongText(cutAt(masked, kept), at);
  }

  function writeArray(array: readonly unknown[], start: number, depth: number, site: Site): number {
    if (site.shapes.place.seesPositions) return writeForeign(array, start, depth, site);
    if (depth + 1 < MAX_DEPTH && mostTableBytes(array) > 0) {
      const end = writeTable(start, array, roomAt(start));
      if (end >= 0) return end;
    }
    const { length } = array;
    const most = Math.min(length, MAX_ELEMENTS);
    let at = arrayHead(start);
    let before: PlainShape | undefined;
    let i = 0;
    for (; i < most; i++) {
      if (at >= limit && roomAt(at) <= 0) break;
      const value = array[i];
      if (typeof value === 'number') at = writeNumber(value, at);
      else if (typeof value === 'string') at = writeText(value, at);
      else if (typeof value !== 'object' || value === null) at = writeValue(value, at, depth, site);
      else if (depth + 1 >= MAX_DEPTH) throw LEFT_TO_THE_GENERAL_WRITER;
      else if (Array.isArray(value)) {
        const end = writeRow(value, at);
        at = end < 0 ? writeArray(value, at, depth + 1, site) : end;
      } else {
        at = writeObject(value, at, depth + 1, site);
        const { last } = site;
        if (last !== undefined && last === before) shared += last.keyBytes;
        before = last;
      }
    }
    return closeArray(start, at, i, length);
  }

  function writeObject(object: object, at: number, depth: number, site: Site): number {
    if (at >= limit + GRACE_BYTES && isOver(at)) return writeLongText('[cut]', at);
    const { last } = site;
    if (last !== undefined) {
      const end = last.write(object, at, depth);
      if (end >= 0) return end;
    }
    return writeOtherObject(object, at, depth, site);
  }

  /** An object of another shape than the one before it at its place. */
  function writeOtherObject(object: object, at: number, depth: number, site: Site): number {
    site.last = undefined;
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null) return writeForeign(object, at, depth, site);
    let first: string | undefined;
    for (const key in object) {
      first = key;
      break;
    }
    for (let shape = site.shapes.startingWith(first); shape !== undefined; shape = shape.next) {
      const end = shape.write(object, at, depth);
      if (end < 0) continue;
      site.last = shape;
      return end;
    }
    if (typeof (object as { toJSON?: unknown }).toJSON === 'function') return writeForeign(object, at, depth, site);
    const keys = Object.keys(object);
    if (!canBeShape(keys)) return writeEntries(object, keys, at, depth, site);
    const shape = learn(keys, site.shapes);
    const end = shape.write(object, at, depth);
    if (end < 0) return writeEntries(object, keys, at, depth, site);
    site.last = shape;
    return end;
  }

  /** An object without a shape. */
  function writeEntries(object: object, keys: readonly string[], start: number, depth: number, site: Site): number {
    const isOther = keys.length > MAX_ELEMENTS || keys.includes('headers') || keys.some((key) => key.length * 3 > MAX_KEY_BYTES);
    if (isOther) return writeForeign(object, start, depth, site);
    plainView.setUint8(start, VALUE_MAP);
    let at = start + 5;
    let count = 0;
    for (; count < keys.length && !isOver(at); count++) {
      const key = keys[count];
      at = writeRun(key, at);
      const place = site.shapes.place.under(key);
      if (place.redacted) at = tagged(VALUE_REDACTED, at);
      else at = writeValue((object as Record<string, unknown>)[key], at, depth + 1, siteAt(place));
    }
    if (count < keys.length) at = missing(keys.length - count++, 'entries', writeRun('…', at));
    plainView.setInt32(start + 1, count, true);
    return at;
  }

  /** An error that is not the record's own, as `#error` of the general writer does. */
  function writeError(error: Error, start: number, depth: number, site: Site): number {
    site.ofErrors ??= errorSites(site.shapes.place);
    const { message, stack, cause } = site.ofErrors;
    const parts = errorParts(error);
    let at = writeText(exceptionType(error), keyed(KEY_TYPE, start));
    at = keyed(KEY_MESSAGE, at);
    at = message === undefined ? tagged(VALUE_REDACTED, at) : writeValue(error.message, at, depth + 1, message);
    let count = 2;
    if (!stacksSaid.includes(error)) {
      at = keyed(KEY_STACK, at);
      at = stack === undefined ? tagged(VALUE_REDACTED, at) : writeValue(stackOf(error), at, depth + 1, stack);
      count++;
    }
    for (let i = 0; i < parts.length; i++) {
      if (count >= MAX_ELEMENTS || isOver(at)) {
        at = missing(parts.length - i, 'entries', writeRun('…', at));
        count++;
        break;
      }
      const { name, key } = parts[i];
      const isCause = key === 'cause';
      at = isCause ? keyed(KEY_CAUSE, at) : writeRun(cutText(name, MAX_KEY_BYTES), at);
      const part = isCause ? cause : siteUnder(site.shapes.place, key);
      if (part === undefined) at = tagged(VALUE_REDACTED, at);
      else at = writeValue((error as unknown as Record<string, unknown>)[key], at, depth + 1, part);
      count++;
    }
    plainView.setInt32(start + 1, count, true);
    return at;
  }

  function errorSites(place: Place): ErrorSites {
    const message = siteUnder(place, 'message');
    // The first line of a stack is the message.
    const stack = message === undefined ? undefined : siteUnder(place, 'stack');
    return { message, stack, cause: siteUnder(place, 'cause') };
  }

  /** A nested value, by the general writer. */
  function writeForeign(value: unknown, at: number, depth: number, site: Site): number {
    if (typeof value === 'object' && value !== null) {
      if (isError(value)) return writeError(value, at, depth, site);
      const isWhole = !site.shapes.place.seesPositions;
      if (isWhole && Object.getPrototypeOf(value) === Float64Array.prototype) return numbers(value as Float64Array, at);
      if (value instanceof Uint8Array && (!Buffer.isBuffer(value) || !isReadable(value))) return bytes(value, at);
    }
    general.enter();
    try {
      const start = general.begin(roomAt(at));
      if (!general.inside(value, site.shapes.place, depth, stacksSaid)) throw LEFT_TO_THE_GENERAL_WRITER;
      const { position } = general;
      for (const [place, count] of general.marks) if (place >= start) marks.set(place - start + at, count);
      plainBytes.set(general.bytes.subarray(start, position), at);
      return at + position - start;
    } finally {
      general.leave();
    }
  }

  /** Undefined: it is redacted. */
  function siteUnder(place: Place, key: string): Site | undefined {
    const below = place.under(key);
    return below.redacted ? undefined : siteAt(below);
  }

  function siteAt(place: Place): Site {
    let shapes = places.get(place);
    if (shapes === undefined) {
      if (places.size >= MAX_PLACES) places.clear();
      shapes = new ShapesOfPlace(place);
      places.set(place, shapes);
    }
    return new Site(shapes);
  }

  function learn(keys: readonly string[], shapes: ShapesOfPlace): PlainShape {
    if (++shapesKept > MAX_SHAPES) {
      shapesKept = 0;
      for (const each of places.values()) shapesKept += each.forgetCold();
    }
    const sites = keys.map((key) => siteUnder(shapes.place, key));
    const shape = new PlainShape(keys, sites, members);
    shapes.add(shape);
    return shape;
  }

  return { site: (key) => siteAt(redaction.root.under(key)), write, writeListed };
}

/** Bytes in front of a value whose key is known, as words; the bytes behind overwrite what the last word has beyond them. */
interface Prefix {
  readonly words: Int32Array;
  readonly length: number;
}

function prefix(key: string, ...before: number[]): Prefix {
  const bytes = Buffer.from([...before, key.length, 0, 0, 0, ...Buffer.from(key)]);
  return { words: wordsOf(bytes), length: bytes.length };
}

/** An error's type comes first: its map's tag and count stand in front of it. */
const KEY_TYPE = prefix('type', VALUE_MAP, 0, 0, 0, 0);
const KEY_MESSAGE = prefix('message');
const KEY_STACK = prefix('stack');
const KEY_CAUSE = prefix('cause');

function keyed({ words, length }: Prefix, at: number): number {
  for (let i = 0; i < words.length; i++) plainView.setInt32(at + i * 4, words[i], true);
  return at + length;
}

/** Longest array of an array, such as the levels of an order book, that is written without a call. A longer one may be a table. */
const MAX_ROW = MOST_WIDTH;

/** An array of few numbers and short texts, or {@link NOT_PLAIN}: it is not one, and bytes written until then do not count. */
function writeRow(row: readonly unknown[], start: number): number {
  const { length } = row;
  if (length > MAX_ROW) return NOT_PLAIN;
  plainView.setUint8(start, VALUE_ARRAY);
  plainView.setInt32(start + 1, length, true);
  let at = start + 5;
  for (let i = 0; i < length; i++) {
    if (at >= limit) return NOT_PLAIN;
    const value = row[i];
    if (typeof value === 'number') at = writeNumber(value, at);
    else if (typeof value === 'string') {
      at = writeShortText(value, at);
      if (at < 0) return NOT_PLAIN;
    } else return NOT_PLAIN;
  }
  return at;
}

function tagged(tag: number, at: number): number {
  plainView.setUint8(at, tag);
  return at + 1;
}

/** Beyond the budget, and beyond what small members of a large object may take there. */
function isOver(at: number): boolean {
  return roomAt(at) + GRACE_BYTES <= 0;
}

function numbers(array: Float64Array, start: number): number {
  const { length } = array;
  const kept = keptNumbers(length, roomAt(start));
  writeTableHead(plainView, start, VALUE_NUMBERS, kept, 0, length - kept);
  const at = start + NUMBERS_HEAD_BYTES;
  plainBytes.set(new Uint8Array(array.buffer, array.byteOffset, kept * 8), at);
  return at + kept * 8;
}

function arrayHead(at: number): number {
  plainView.setUint8(at, VALUE_ARRAY);
  return at + 5;
}

/** Of `length` elements so many are written. */
function closeArray(start: number, at: number, written: number, length: number): number {
  const isWhole = written === length;
  plainView.setInt32(start + 1, isWhole ? written : written + 1, true);
  return isWhole ? at : missing(length - written, 'elements', at);
}

/** Stands in place of elements or entries that are left out. */
function missing(count: number, what: 'elements' | 'entries', at: number): number {
  marks.set(at, count);
  return writeLongText(missingText(count, what), at);
}

function bytes(value: Uint8Array, at: number): number {
  const { byteLength } = value;
  if (byteLength > Math.max(0, roomAt(at) - MARK_BYTES)) return writeLongText(`[${byteLength} bytes]`, at);
  plainView.setUint8(at, VALUE_BYTES);
  plainView.setInt32(at + 1, byteLength, true);
  plainBytes.set(value, at + 5);
  return at + 5 + byteLength;
}

/** Most bytes of repeated keys in a record of `most` bytes, in a ring whose frames take `available`. */
export function mostSharedBytes(most: number, available: number): number {
  return Math.max(0, Math.min(most, available - most));
}
