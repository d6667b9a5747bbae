/**
 * What is said of values that cannot be written as they are: texts too long, numbers with too many digits, errors, things thrown. Nothing here throws.
 */
import { types } from 'node:util';

/** Bytes kept free for marks of what was cut, and for closing what is open. */
export const MARK_BYTES = 64;

/**
 * Longer texts, in UTF-16 units, are not looked into: only their length is told. A text put together from parts is joined by the engine when it is first
 * read, which takes a second for 2^30 bytes and some 15 ms for these.
 */
const MAX_READ_UNITS = 2 ** 24;

/** Longest bigint that is written out, in digits. Digits take time with the square of their number: 100 ms for a million. */
const MAX_DIGITS = 1024;
const DIGITS_END = 10n ** BigInt(MAX_DIGITS);

const errorPrototypeToString = Error.prototype.toString;

/** An object literal, or what JSON.parse makes. Throws what a proxy throws. */
export function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

/** An error of this realm or another (a vm context, a test runner's), or an object that inherits from one. False for what refuses to tell. */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return value instanceof Error || (!isPlain(value) && types.isNativeError(value));
  } catch {
    return false;
  }
}

/** The digits; in brackets what is known of a number that has too many. */
export function bigintText(value: bigint): string {
  return value < DIGITS_END && value > -DIGITS_END ? value.toString() : `[bigint of more than ${MAX_DIGITS} digits]`;
}

export function symbolText(symbol: symbol): string {
  return `Symbol(${symbol.description ?? ''})`;
}

/** The beginning of a text that fits into `bytes` of UTF-8, with a mark that says how much is missing. */
export function cutText(text: string, bytes: number): string {
  // A UTF-16 unit is one to three bytes: only what may or may not fit is counted.
  if (text.length * 3 <= bytes || (text.length <= bytes && Buffer.byteLength(text) <= bytes)) return text;
  let kept = text.length > MAX_READ_UNITS ? 0 : Math.max(0, Math.floor((bytes - MARK_BYTES) / 3));
  if ((text.charCodeAt(kept - 1) & 0xfc00) === 0xd800) kept--; // not within a pair of surrogates
  return `${text.slice(0, kept)}…[+${text.length - kept} characters]`;
}

/** `exception.type`: the class's name, as OpenTelemetry's semantic conventions ask ("the type of the exception, its fully-qualified class name"). */
export function exceptionType(error: Error): string {
  try {
    const { name } = error;
    const own = error.constructor?.name;
    return typeof name === 'string' && name !== 'Error' && name !== ''
      ? name
      : typeof own === 'string' && own !== ''
        ? own
        : 'Error';
  } catch {
    return 'Error';
  }
}

/** One line about something thrown; never throws itself. */
export function describeThrown(thrown: unknown): string {
  try {
    return isError(thrown) ? errorPrototypeToString.call(thrown) : String(thrown);
  } catch {
    return '[unprintable]';
  }
}

/** A key of a Map as text. */
export function describeKey(key: unknown): string {
  if (typeof key === 'bigint') return bigintText(key);
  try {
    return Array.isArray(key) ? '[array]' : String(key);
  } catch {
    return '[object]';
  }
}
