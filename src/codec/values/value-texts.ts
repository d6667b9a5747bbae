/**
 * Texts for values that cannot be written as they are: long texts, numbers with too many digits, errors, thrown values. Nothing here throws.
 */
import { isUtf8 } from 'node:buffer';
import { types } from 'node:util';

/** Bytes kept free for marks of cuts, and for closing open arrays and maps. */
export const MARK_BYTES = 64;

/**
 * Longer texts, in UTF-16 units, are not read: only their length is written. A text put together from parts is joined by the engine when it is first
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

/** An error of this realm or another (a vm context, a test runner's), or an object that inherits from one. False for a proxy that throws. */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return value instanceof Error || (!isPlain(value) && types.isNativeError(value));
  } catch {
    return false;
  }
}

/** The digits; for a number that has too many, a text in brackets. */
export function bigintText(value: bigint): string {
  return value < DIGITS_END && value > -DIGITS_END ? value.toString() : `[bigint of more than ${MAX_DIGITS} digits]`;
}

export function symbolText(symbol: symbol): string {
  return `Symbol(${symbol.description ?? ''})`;
}

/** The beginning of a text that fits into `bytes` of UTF-8, with a mark that says how much is missing. */
export function cutText(text: string, bytes: number): string {
  return cutAt(text, keptUnits(text, bytes));
}

/** UTF-16 units of a text that are kept where `bytes` of UTF-8 have room: all of them, or as many as leave room for a mark. */
export function keptUnits(text: string, bytes: number): number {
  // A UTF-16 unit is one to three bytes: only a text that may or may not fit is counted.
  if (text.length * 3 <= bytes) return text.length;
  if (text.length > MAX_READ_UNITS) return 0;
  if (CONTROL.test(text)) return keptOfEscaped(text, bytes);
  if (text.length <= bytes && Buffer.byteLength(text) <= bytes) return text.length;
  const room = Math.max(0, bytes - MARK_BYTES);
  // Whole characters only: none is cut within its bytes, or within its pair of surrogates.
  return encoder.encodeInto(text.slice(0, room), new Uint8Array(room)).read;
}

/** JSON writes these with six characters each. A long text of them would be a line that no queue has room for. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const ESCAPE_BYTES = 6;

function keptOfEscaped(text: string, bytes: number): number {
  let kept = 0;
  let used = 0;
  let keptWithMark = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    used += code < 0x20 ? ESCAPE_BYTES : code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (used > bytes) return keptWithMark;
    kept += character.length;
    if (used <= bytes - MARK_BYTES) keptWithMark = kept;
  }
  return kept;
}

/** Stands in place of elements or entries that are left out. */
export function missingText(count: number, what: 'elements' | 'entries'): string {
  return `[+${count} ${what}]`;
}

export function cutAt(text: string, units: number): string {
  return units === text.length ? text : `${text.slice(0, units)}…[+${text.length - units} characters]`;
}

const encoder = new TextEncoder();

/** Control characters that no text has: all but tab, line feed, carriage return, and the SOH that ends the fields of FIX. */
const NOT_TEXT = /[\u0000\u0002-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** More bytes are not read: they would be cut. */
const MAX_LOOKED_AT = 2 ** 20;

/** Bytes whose beginning is looked at first: binary messages are told there, and need not be read to their end. */
const GLANCE_BYTES = 16;

/** Whether bytes are the UTF-8 of something that can be read. */
export function isReadable(bytes: Uint8Array): boolean {
  if (bytes.byteLength === 0 || bytes.byteLength > MAX_LOOKED_AT || !mayBeReadable(bytes) || !isUtf8(bytes)) return false;
  return !NOT_TEXT.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
}

/** False: the first bytes hold a control character, or begin with what is no beginning of a character. */
function mayBeReadable(bytes: Uint8Array): boolean {
  if ((bytes[0] & 0xc0) === 0x80) return false;
  const most = Math.min(bytes.byteLength, GLANCE_BYTES);
  for (let i = 0; i < most; i++) if (IN_TEXT[bytes[i]] === 0) return false;
  return true;
}

/** Whether a byte can be part of a text that can be read: no control character, and none of those that UTF-8 never has. */
const IN_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 ? Number(!NOT_TEXT.test(String.fromCharCode(byte))) : Number(byte < 0xf5 && byte !== 0xc0 && byte !== 0xc1),
);

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
