/**
 * Any JavaScript value → encoded value (value.ts), without ever throwing and within a budget of bytes. docs/values.md documents the form of each kind of value;
 * the reasons stand here.
 *
 * User code may run while a value is written (getters, toJSON, proxies) and may log: the nested call then writes behind the bytes that are already here and
 * removes its own again (`enter`, `leave`), so one writer serves both. So no code may keep `bytes` across a call that can grow it.
 */
import { types } from 'node:util';
import { NO_REDACTION, type Place, type Redaction } from '../../redaction/redaction.ts';
import { errorParts, stackOf } from './error-parts.ts';
import { formOf } from './forms.ts';
import { headerItem } from './header-list.ts';
import { isHttpData, summaryOfHttpData } from './http-summary.ts';
import { mapNames } from './map-names.ts';
import { Encoded, Prepared } from './prepared.ts';
import { MAX_ELEMENTS } from './tables.ts';
import { VALUE_ARRAY, VALUE_FALSE, VALUE_MAP, VALUE_NULL, VALUE_TRUE, VALUE_UNDEFINED } from './value.ts';
import { ValueBytes } from './value-bytes.ts';
import { describeThrown, exceptionType, isPlain, symbolText } from './value-texts.ts';

/** A deeper value becomes a text in brackets. JSON viewers and OpenTelemetry's own limit (64) both cope; no log line is read deeper. */
export const MAX_DEPTH = 16;

/** Of a record that has no stacks of errors. */
export const NO_STACKS: readonly unknown[] = [];

/** What a call inside a call changes. */
class EnteredState {
  position = 0;
  end = 0;
  open = 0;
  place: Place;
  stacksSaid = NO_STACKS;

  constructor(place: Place) {
    this.place = place;
  }
}

export class ValueWriter extends ValueBytes {
  readonly #redaction: Redaction;
  /** Where the value that is being written stands. */
  #place: Place;
  #stacksSaid = NO_STACKS;
  /** Objects around the value that another writer has open. */
  #outerDepth = 0;
  /** Something was too deep or inside itself, which may depend on what is around a value: see {@link inside}. */
  #hasStopped = false;
  /** Objects that are being written, outermost first: only a value inside itself is circular, a value met twice is not. */
  readonly #open: object[] = [];
  /** The states that `leave` restores, of which `#depth` have not been left. */
  readonly #entered: EnteredState[] = [];
  #depth = 0;

  constructor(redaction: Redaction = NO_REDACTION, initialBytes = 4096) {
    super(initialBytes);
    this.#redaction = redaction;
    this.#place = redaction.root;
  }

  /** Position and budget are kept for `leave`: the code in between may be a call inside a call, and may throw at any place. */
  enter(): void {
    if (this.#depth === this.#entered.length) this.#entered.push(new EnteredState(this.#place));
    const state = this.#entered[this.#depth++];
    state.position = this.position;
    state.end = this.end;
    state.open = this.#open.length;
    state.place = this.#place;
    state.stacksSaid = this.#stacksSaid;
  }

  leave(): void {
    const state = this.#entered[--this.#depth];
    this.position = state.position;
    this.end = state.end;
    this.#place = state.place;
    this.#stacksSaid = state.stacksSaid;
    state.stacksSaid = NO_STACKS;
    shorten(this.#open, state.open);
  }

  /** Writes the value of a record's field. */
  field(key: string, value: unknown): void {
    if (!Prepared.is(value)) this.#at(this.#redaction.root.under(key), value);
    else if (value instanceof Encoded) this.copy(value.start, value.end, value.source);
    else {
      this.#stacksSaid = value.stacksSaid;
      this.#at(value.place, value.value);
      this.#stacksSaid = NO_STACKS;
    }
  }

  /**
   * Writes a value that stands at `place` within `depth` objects of another writer. False: it was too deep, or inside itself, and may be so at another place if
   * those objects are known.
   */
  inside(value: unknown, place: Place, depth: number, stacksSaid: readonly unknown[]): boolean {
    this.#hasStopped = false;
    this.#outerDepth = depth;
    this.#stacksSaid = stacksSaid;
    try {
      this.#at(place, value);
    } finally {
      this.#outerDepth = 0;
      this.#stacksSaid = NO_STACKS;
    }
    return !this.#hasStopped;
  }

  /** Of a value that stands at `place`. */
  #at(place: Place, value: unknown): void {
    if (place.redacted) return this.redacted();
    const outer = this.#place;
    this.#place = place;
    this.value(value);
    this.#place = outer;
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.tag(value ? VALUE_TRUE : VALUE_FALSE);
      case 'undefined':
        return this.tag(VALUE_UNDEFINED);
      case 'bigint':
        return this.digits(value);
      case 'symbol':
        return this.text(symbolText(value));
      case 'function':
        return this.#guarded('function', () => this.text(`[function ${value.name || 'anonymous'}]`));
      default:
        return value === null ? this.tag(VALUE_NULL) : this.#object(value as object);
    }
  }

  override text(value: string): void {
    super.text(this.#redaction.maskText(value));
  }

  /** Runs code that touches a user's object. If it throws, its bytes are removed, and the error's text becomes the value. */
  #guarded(what: string, write: () => void): void {
    const { position, end } = this;
    const depth = this.#open.length;
    const place = this.#place;
    try {
      write();
    } catch (error) {
      this.position = position;
      this.#open.length = depth;
      this.#place = place;
      this.end = end;
      this.text(`[${what} threw: ${describeThrown(error)}]`);
    }
  }

  #object(value: object): void {
    if (this.#open.includes(value)) return this.#stop('[circular]');
    if (this.#open.length + this.#outerDepth >= MAX_DEPTH) return this.#stop('[too deep]');
    if (this.isOver) return this.text('[cut]');
    this.#guarded('value', () => {
      this.#open.push(value);
      this.#dispatch(value);
      this.#open.pop();
    });
  }

  #stop(mark: string): void {
    this.#hasStopped = true;
    this.text(mark);
  }

  #dispatch(value: object): void {
    if (Array.isArray(value)) {
      // A proxy's elements are read once.
      const isTable = !this.#place.seesPositions && this.#open.length + this.#outerDepth < MAX_DEPTH && !types.isProxy(value);
      if (!isTable || !this.table(value)) this.#array(value.length, (index) => value[index]);
      return;
    }
    if (isPlain(value)) {
      if (isHttpData(value)) return this.#entries(summaryOfHttpData(value));
    } else {
      const form = formOf(value);
      switch (form?.kind) {
        case 'text':
          return this.text(form.text);
        case 'own text':
          return super.text(form.text);
        case 'error':
          return this.#error(value as Error);
        case 'map':
          return this.#map(value as Map<unknown, unknown>);
        case 'set': {
          const items = firstOf(value as Set<unknown>);
          return this.#array((value as Set<unknown>).size, (index) => items[index]);
        }
        case 'bytes':
          return this.binary(form.bytes);
        case 'numbers':
          if (this.#place.seesPositions || isBigInts(form.numbers))
            this.#array(form.numbers.length, (index) => form.numbers[index]);
          else this.numbers(form.numbers as ArrayLike<number>);
          return;
        case 'value':
          return this.value(form.value);
        case 'members':
          return this.#entries(form.members);
      }
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const json: unknown = toJSON.call(value, '');
      if (json !== value) return this.value(json);
    }
    this.#entries(value);
  }

  #array(length: number, at: (index: number) => unknown): void {
    const bytes = this.open(VALUE_ARRAY);
    const place = this.#place;
    const most = Math.min(length, MAX_ELEMENTS);
    let count = 0;
    if (!place.seesPositions) while (count < most && !this.isFull) this.value(at(count++));
    else {
      let before: unknown;
      while (count < most && !this.isFull) {
        const item = at(count);
        this.#at(place.at(count), place.holdsHeaders ? headerItem(item, before, place) : item);
        before = count % 2 === 0 ? item : undefined;
        count++;
      }
    }
    if (count < length) {
      this.missing(length - count, 'elements');
      count++;
    }
    this.close(bytes, count);
  }

  #map(map: Map<unknown, unknown>): void {
    const entries = firstOf(map);
    const names = mapNames(entries);
    if (names !== undefined) return this.#pairs(names, map.size, (index) => entries[index][1]);
    // Keys that are objects cannot be names.
    this.#array(map.size, (index) => entries[index]);
  }

  /** Own enumerable properties with text keys. A getter that throws affects its own property only. */
  #entries(value: object): void {
    const keys = Object.keys(value);
    this.#pairs(keys, keys.length, (index) => (value as Record<string, unknown>)[keys[index]]);
  }

  /** `keys` of the first {@link MAX_ELEMENTS} of `total` entries, or of more of them. */
  #pairs(keys: readonly string[], total: number, valueAt: (index: number) => unknown): void {
    const bytes = this.open(VALUE_MAP);
    const outer = this.#place;
    const most = Math.min(keys.length, MAX_ELEMENTS);
    let count = 0;
    while (count < most && !this.isOver) {
      const index = count++;
      const key = keys[index];
      this.key(key);
      const place = outer.under(key);
      if (place.redacted) this.redacted();
      else {
        this.#place = place;
        this.#guarded('getter', () => this.value(valueAt(index)));
        this.#place = outer;
      }
    }
    if (count < total) {
      this.key('…');
      this.missing(total - count, 'entries');
      count++;
    }
    this.close(bytes, count);
  }

  /** An error that is not the record's own, with everything it carries. */
  #error(error: Error): void {
    const bytes = this.open(VALUE_MAP);
    const outer = this.#place;
    let count = 0;
    const part = (name: string, key: string, read: () => unknown) => {
      this.key(name);
      const place = outer.under(key);
      if (place.redacted) this.redacted();
      else {
        this.#place = place;
        this.#guarded('getter', () => this.value(read()));
        this.#place = outer;
      }
      count++;
    };
    this.key('type');
    this.text(exceptionType(error));
    count++;
    part('message', 'message', () => error.message);
    // The first line of a stack is the message.
    if (!this.#stacksSaid.includes(error))
      part('stack', outer.under('message').redacted ? 'message' : 'stack', () => stackOf(error));
    const parts = errorParts(error);
    for (let i = 0; i < parts.length; i++) {
      const { name, key } = parts[i];
      if (count >= MAX_ELEMENTS || this.isOver) {
        this.key('…');
        this.missing(parts.length - i, 'entries');
        count++;
        break;
      }
      part(name, key, () => (error as unknown as Record<string, unknown>)[key]);
    }
    this.close(bytes, count);
  }
}

function isBigInts(numbers: ArrayLike<number | bigint>): boolean {
  return types.isBigInt64Array(numbers) || types.isBigUint64Array(numbers);
}

/** Setting a length, even the same one, is slow. */
function shorten(list: unknown[], length: number): void {
  if (list.length !== length) list.length = length;
}

/** As many items as are ever written. A million of them are not copied for that. */
function firstOf<T>(items: Iterable<T>): T[] {
  const first: T[] = [];
  for (const item of items) if (first.push(item) === MAX_ELEMENTS) break;
  return first;
}
