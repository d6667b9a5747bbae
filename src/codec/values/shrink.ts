/**
 * Encoded values that are too large together → cut where they are large. Small values stay whole; an array keeps its first elements, a map all of its
 * entries as far as they have room, a text its beginning; a mark says how many elements, entries or characters are missing. Works on bytes: no code of
 * a user runs a second time.
 */
import { NUMBERS_HEAD_BYTES, TEXTS_HEAD_BYTES } from './tables.ts';
import {
  VALUE_ARRAY,
  VALUE_BIGINT,
  VALUE_BYTES,
  VALUE_MAP,
  VALUE_NUMBER,
  VALUE_NUMBERS,
  VALUE_TEXT,
  VALUE_TEXTS,
} from './value.ts';
import { ValueBytes } from './value-bytes.ts';
import { cutAt, keptUnits, MARK_BYTES } from './value-texts.ts';
import { waterLevel } from './water-level.ts';

/** An encoded value within the bytes of a writer. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Least room for each entry of a map that is cut entry by entry. With less, the first entries are kept whole, and the others counted. */
const LEAST_ENTRY_BYTES = 96;

/** Bytes of a tag and a count, or of a tag and a length. */
const HEADER_BYTES = 5;

/**
 * Cuts the values of `spans`, which stand in order behind `start`, so that everything from `start` to the writer's position takes at most `budget`
 * bytes. Bytes outside of spans stay as they are.
 */
export function shrinkSpans(values: ValueBytes, start: number, spans: readonly Span[], budget: number): void {
  if (values.position - start <= budget) return;
  const { position } = values;
  const sizes = spans.map((span) => span.end - span.start);
  const fixed = position - start - sizes.reduce((sum, size) => sum + size, 0);
  const level = waterLevel(sizes, budget - fixed);
  const shrinker = new Shrinker(values);
  const { out } = shrinker;
  let from = start;
  for (const span of spans) {
    out.append(values.bytes, from, span.start);
    shrinker.value(span.start, span.end, level);
    from = span.end;
  }
  out.append(values.bytes, from, position);
  values.position = start;
  values.append(out.bytes, 0, out.position);
}

/** The end of a text that was cut. */
const TEXT_MARK = /…\[\+\d+ characters\]$/;

class Shrinker {
  readonly out = new ValueBytes(4096);
  readonly #source: Buffer;
  readonly #marks: ReadonlyMap<number, number>;

  constructor(values: ValueBytes) {
    this.#source = values.bytes;
    this.#marks = values.marks;
  }

  /** The value from `start` to `end`, in at most `budget` bytes, or little more than a mark. */
  value(start: number, end: number, budget: number): void {
    if (end - start <= budget) return this.out.append(this.#source, start, end);
    switch (this.#source[start]) {
      case VALUE_TEXT:
        return this.#text(start, end, budget);
      case VALUE_ARRAY:
        return this.#array(start, budget);
      case VALUE_MAP:
        return this.#map(start, budget);
      case VALUE_NUMBERS:
      case VALUE_TEXTS:
        return this.#table(start, budget);
      case VALUE_BYTES:
        return this.#mark(`[${end - start - HEADER_BYTES} bytes]`);
      case VALUE_BIGINT:
        return this.#mark(`[bigint of ${end - start - HEADER_BYTES} digits]`);
      default:
        return this.out.append(this.#source, start, end);
    }
  }

  #mark(text: string): void {
    this.out.begin(Number.POSITIVE_INFINITY);
    this.out.text(text);
  }

  #text(start: number, end: number, budget: number): void {
    const whole = this.#source.toString('utf8', start + HEADER_BYTES, end);
    // It was cut before: its kept part is in front of a mark.
    const missing = TEXT_MARK.test(whole) ? (this.#marks.get(start) ?? 0) : 0;
    const text = missing === 0 ? whole : whole.slice(0, whole.lastIndexOf('…'));
    const kept = keptUnits(text, Math.max(0, Math.min(budget - HEADER_BYTES, end - start - HEADER_BYTES - 1)));
    this.#mark(missing === 0 ? cutAt(text, kept) : `${text.slice(0, kept)}…[+${text.length - kept + missing} characters]`);
  }

  /** The first elements; the others join those that are missing already. */
  #table(start: number, budget: number): void {
    const source = this.#source;
    const isTexts = source[start] === VALUE_TEXTS;
    const count = source.readUInt32LE(start + 1);
    const width = source[start + 5] || 1;
    const headBytes = isTexts ? TEXTS_HEAD_BYTES : NUMBERS_HEAD_BYTES;
    const first = start + headBytes;
    let end = first;
    let kept = 0;
    for (; kept < count; kept++) {
      let next = end;
      for (let cell = 0; cell < width; cell++) next += isTexts ? 1 + source[next] : 8;
      if (next - start > budget) break;
      end = next;
    }
    const head = Buffer.from(source.subarray(start, first));
    head.writeUInt32LE(kept, 1);
    head.writeUInt32LE(source.readUInt32LE(start + 6) + count - kept, 6);
    if (isTexts) head.writeUInt32LE(end - first, NUMBERS_HEAD_BYTES);
    this.out.append(head, 0, headBytes);
    this.out.append(source, first, end);
  }

  #array(start: number, budget: number): void {
    const { out } = this;
    const count = this.#source.readUInt32LE(start + 1);
    const place = out.open(VALUE_ARRAY);
    let room = budget - HEADER_BYTES - MARK_BYTES;
    let at = start + HEADER_BYTES;
    let written = 0;
    let missing = 0;
    for (let i = 0; i < count; i++) {
      const end = this.#end(at);
      const marked = i === count - 1 ? this.#marks.get(at) : undefined;
      if (marked !== undefined && this.#source[at] === VALUE_TEXT && this.#isElementsMark(at, end)) missing += marked;
      else if (missing > 0 || (end - at > room && !this.#isWorthCutting(at, end, room))) missing++;
      else {
        const before = out.position;
        this.value(at, end, Math.max(room, 0));
        room -= out.position - before;
        written++;
      }
      at = end;
    }
    if (missing > 0) {
      out.missing(missing, 'elements');
      written++;
    }
    out.close(place, written);
  }

  #map(start: number, budget: number): void {
    const { out } = this;
    const count = this.#source.readUInt32LE(start + 1);
    const entries: { readonly key: number; readonly value: number; readonly end: number }[] = [];
    let missing = 0;
    let at = start + HEADER_BYTES;
    for (let i = 0; i < count; i++) {
      const value = at + 4 + this.#source.readUInt32LE(at);
      const end = this.#end(value);
      const marked = i === count - 1 && this.#isRestKey(at, value) ? this.#marks.get(value) : undefined;
      if (marked === undefined) entries.push({ key: at, value, end });
      else missing = marked;
      at = end;
    }
    const keyBytes = entries.reduce((sum, { key, value }) => sum + value - key, 0);
    const room = budget - HEADER_BYTES - MARK_BYTES;
    const level = waterLevel(
      entries.map(({ value, end }) => end - value),
      room - keyBytes,
    );
    const place = out.open(VALUE_MAP);
    let written = 0;
    if (level >= LEAST_ENTRY_BYTES) {
      for (const { key, value, end } of entries) {
        out.append(this.#source, key, value);
        this.value(value, end, level);
        written++;
      }
    } else {
      let left = room;
      for (const { key, end } of entries) {
        if (missing > 0 || end - key > left) missing++;
        else {
          out.append(this.#source, key, end);
          left -= end - key;
          written++;
        }
      }
    }
    if (missing > 0) {
      out.begin(Number.POSITIVE_INFINITY);
      out.key('…');
      out.missing(missing, 'entries');
      written++;
    }
    out.close(place, written);
  }

  /** Large things are cut inside; small ones are kept or left out. */
  #isWorthCutting(start: number, end: number, room: number): boolean {
    const tag = this.#source[start];
    return (
      room >= LEAST_ENTRY_BYTES &&
      end - start > 2 * LEAST_ENTRY_BYTES &&
      (tag === VALUE_TEXT || tag === VALUE_ARRAY || tag === VALUE_MAP || tag === VALUE_NUMBERS || tag === VALUE_TEXTS)
    );
  }

  /** Not a text that was cut itself. */
  #isElementsMark(start: number, end: number): boolean {
    return this.#source[start + HEADER_BYTES] === 0x5b && this.#source.toString('latin1', start, end).endsWith(' elements]');
  }

  #isRestKey(start: number, end: number): boolean {
    return end - start === 7 && this.#source.toString('utf8', start + 4, end) === '…';
  }

  /** Where the value at `start` ends. */
  #end(start: number): number {
    const source = this.#source;
    switch (source[start]) {
      case VALUE_NUMBER:
        return start + 9;
      case VALUE_TEXT:
      case VALUE_BIGINT:
      case VALUE_BYTES:
        return start + HEADER_BYTES + source.readUInt32LE(start + 1);
      case VALUE_NUMBERS:
        return start + NUMBERS_HEAD_BYTES + source.readUInt32LE(start + 1) * (source[start + 5] || 1) * 8;
      case VALUE_TEXTS:
        return start + TEXTS_HEAD_BYTES + source.readUInt32LE(start + NUMBERS_HEAD_BYTES);
      case VALUE_ARRAY: {
        let at = start + HEADER_BYTES;
        for (let left = source.readUInt32LE(start + 1); left > 0; left--) at = this.#end(at);
        return at;
      }
      case VALUE_MAP: {
        let at = start + HEADER_BYTES;
        for (let left = source.readUInt32LE(start + 1); left > 0; left--) at = this.#end(at + 4 + source.readUInt32LE(at));
        return at;
      }
      default:
        return start + 1;
    }
  }
}
