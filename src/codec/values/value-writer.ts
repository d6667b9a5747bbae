/**
 * Any JavaScript value → encoded value (value.ts), without ever throwing and within a budget of bytes. What becomes of each kind of value
 * is documented in docs/values.md; the reasons stand here.
 *
 * User code may run while a value is written (getters, toJSON, proxies) and may log: the nested call then writes behind what stands here
 * already and takes its own bytes off again (`enter`, `leave`), so one writer serves both. Hence nobody keeps `bytes` across a call that can grow it.
 */
import { VALUE_ARRAY, VALUE_FALSE, VALUE_MAP, VALUE_NULL, VALUE_TRUE, VALUE_UNDEFINED } from './value.ts';
import { ValueBytes } from './value-bytes.ts';
import { describeKey, describeThrown, exceptionType, isError, symbolText } from './value-texts.ts';

/** Tells whether the value at a path of keys is to be replaced. See caller/redaction.ts. */
export interface PathRedaction {
  redactsPath(path: readonly string[]): boolean;
}

const NOTHING_REDACTED: PathRedaction = { redactsPath: () => false };

/** Deeper values become a text that says so. JSON viewers and OpenTelemetry's own limit (64) both cope; no log line is read deeper. */
export const MAX_DEPTH = 16;

/** Elements of one array or map; the rest is replaced by a count. */
export const MAX_ELEMENTS = 1000;

export class ValueWriter extends ValueBytes {
  readonly #redaction: PathRedaction;
  /** Objects that are being written, outermost first: only a value inside itself is circular, a value met twice is not. */
  readonly #open: object[] = [];
  readonly #path: string[] = [];
  /** Four numbers for each `enter` that has not been left. */
  readonly #entered: number[] = [];

  constructor(redaction: PathRedaction = NOTHING_REDACTED, initialBytes = 4096) {
    super(initialBytes);
    this.#redaction = redaction;
  }

  /** Position and budget are kept for `leave`: what comes in between may be a call inside a call, and may end with an error at any place. */
  enter(): void {
    this.#entered.push(this.position, this.end, this.#open.length, this.#path.length);
  }

  leave(): void {
    const entered = this.#entered;
    shorten(this.#path, entered.pop()!);
    shorten(this.#open, entered.pop()!);
    this.end = entered.pop()!;
    this.position = entered.pop()!;
  }

  /** Writes the value of a record's field. `key` is the first element of its path. */
  field(key: string, value: unknown): void {
    this.#path.push(key);
    this.value(value);
    this.#path.pop();
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

  /** Runs code that touches a user's object. What it throws becomes the value; what it had written is taken back. */
  #guarded(what: string, write: () => void): void {
    const { position } = this;
    const depth = this.#open.length;
    const path = this.#path.length;
    const end = this.end;
    try {
      write();
    } catch (error) {
      this.position = position;
      this.#open.length = depth;
      this.#path.length = path;
      this.end = end;
      this.text(`[${what} threw: ${describeThrown(error)}]`);
    }
  }

  #object(value: object): void {
    if (this.#open.includes(value)) return this.text('[circular]');
    if (this.#open.length >= MAX_DEPTH) return this.text('[too deep]');
    if (this.isFull) return this.text('[cut]');
    this.#guarded('value', () => {
      this.#open.push(value);
      this.#dispatch(value);
      this.#open.pop();
    });
  }

  #dispatch(value: object): void {
    if (Array.isArray(value)) return this.#array(value.length, (index) => value[index]);
    if (value instanceof Date) return this.text(Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString());
    if (isError(value)) return this.#error(value);
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) {
      const items = firstOf(value);
      return this.#array(value.size, (index) => items[index]);
    }
    if (ArrayBuffer.isView(value)) return this.#view(value);
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
      return this.binary(new Uint8Array(value as ArrayBuffer));
    if (BOXES.some((Box) => value instanceof Box)) return this.value(value.valueOf());
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
      return this.text(Object.prototype.toString.call(value));
    }
    if (value instanceof RegExp || value instanceof URL) return this.text(String(value));
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const json: unknown = toJSON.call(value, '');
      if (json !== value) return this.value(json);
    }
    this.#entries(value);
  }

  #array(length: number, at: (index: number) => unknown): void {
    const place = this.open(VALUE_ARRAY);
    let count = 0;
    const most = Math.min(length, MAX_ELEMENTS);
    while (count < most && !this.isFull) this.value(at(count++));
    if (count < length) {
      this.text(`[+${length - count} elements]`);
      count++;
    }
    this.close(place, count);
  }

  #view(view: ArrayBufferView): void {
    if (view instanceof Uint8Array || view instanceof DataView) {
      return this.binary(new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength));
    }
    const numbers = view as unknown as ArrayLike<number | bigint>;
    this.#array(numbers.length, (index) => numbers[index]);
  }

  #map(map: Map<unknown, unknown>): void {
    const entries = firstOf(map);
    const names = entries.map(([key]) => (typeof key === 'string' ? key : describeKey(key)));
    this.#pairs(names, map.size, (index) => entries[index][1]);
  }

  /** Own enumerable properties with text keys. A getter that throws spoils its own property only. */
  #entries(value: object): void {
    const keys = Object.keys(value);
    this.#pairs(keys, keys.length, (index) => (value as Record<string, unknown>)[keys[index]]);
  }

  /** `keys` of the first {@link MAX_ELEMENTS} of `total` entries, or of more of them. */
  #pairs(keys: readonly string[], total: number, valueAt: (index: number) => unknown): void {
    const place = this.open(VALUE_MAP);
    const most = Math.min(keys.length, MAX_ELEMENTS);
    let count = 0;
    while (count < most && !this.isFull) {
      const index = count++;
      this.key(keys[index]);
      this.#path.push(keys[index]);
      if (this.#redaction.redactsPath(this.#path)) this.redacted();
      else this.#guarded('getter', () => this.value(valueAt(index)));
      this.#path.pop();
    }
    if (count < total) {
      this.key('…');
      this.text(`[+${total - count} entries]`);
      count++;
    }
    this.close(place, count);
  }

  /** An error that is not the record's own exception: its parts, and its own properties, as a map. */
  #error(error: Error): void {
    const place = this.open(VALUE_MAP);
    let count = 0;
    const part = (key: string, read: () => unknown) => {
      this.key(key);
      this.#path.push(key);
      this.#guarded('getter', () => this.value(read()));
      this.#path.pop();
      count++;
    };
    part('type', () => exceptionType(error));
    part('message', () => error.message);
    part('stack', () => error.stack);
    if (error.cause !== undefined) part('cause', () => error.cause);
    if (error instanceof AggregateError) part('errors', () => error.errors);
    const keys = Object.keys(error).filter((key) => !ERROR_PARTS.has(key));
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (count >= MAX_ELEMENTS || this.isFull) {
        this.key('…');
        this.text(`[+${keys.length - i} entries]`);
        count++;
        break;
      }
      this.#path.push(key);
      const redacted = this.#redaction.redactsPath(this.#path);
      this.#path.pop();
      if (redacted) {
        this.key(key);
        this.redacted();
        count++;
      } else part(key, () => (error as unknown as Record<string, unknown>)[key]);
    }
    this.close(place, count);
  }
}

const BOXES: readonly (abstract new () => object)[] = [Number, String, Boolean, BigInt, Symbol] as never;

const ERROR_PARTS: ReadonlySet<string> = new Set(['type', 'message', 'stack', 'cause', 'errors']);

/** Setting a length, even the same one, is dear. */
function shorten(list: unknown[], length: number): void {
  if (list.length !== length) list.length = length;
}

/** As many items as are ever written. A million of them are not copied for that. */
function firstOf<T>(items: Iterable<T>): T[] {
  const first: T[] = [];
  for (const item of items) if (first.push(item) === MAX_ELEMENTS) break;
  return first;
}
