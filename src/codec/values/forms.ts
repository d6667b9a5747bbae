/**
 * Forms of objects that are more than their own properties: values of the language and of the platform, objects of HTTP clients and servers. A value of another
 * realm (a vm context, a test runner's) has the same form as one of this realm: values of the language are recognised by their internal slots, not by their
 * prototypes.
 */
import { types } from 'node:util';
import { traitsOf } from './class-traits.ts';
import { summaryOf } from './http-summary.ts';
import { eventMembers, longValue, pairsOf, platformMembers } from './platform-values.ts';
import { isReadable } from './value-texts.ts';

export type Form =
  /** `own text`: made here, with nothing of a user's in it. */
  | { readonly kind: 'text' | 'own text'; readonly text: string }
  | { readonly kind: 'error' | 'map' | 'set' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'numbers'; readonly numbers: ArrayLike<number | bigint> }
  | { readonly kind: 'value'; readonly value: unknown }
  /** An object whose properties are written in place of the value's. */
  | { readonly kind: 'members'; readonly members: object };

const ERROR: Form = { kind: 'error' };
const MAP: Form = { kind: 'map' };
const SET: Form = { kind: 'set' };

/**
 * Undefined: the value is written as its own enumerable properties, or as its `toJSON` returns. Throws what the value's code throws. `value` is not a plain
 * object.
 */
export function formOf(value: object): Form | undefined {
  // The commonest at once: to find the traits of a class takes as long as to write a small value.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Map.prototype) return MAP;
  if (prototype === Date.prototype) return dateForm(value as Date);
  const traits = traitsOf(value);
  if (traits.isOrdinary) return undefined;
  if (traits.mayBeLanguage) {
    const form = languageForm(value);
    if (form !== undefined) return form;
  }
  const members = summaryOf(value, traits) ?? (traits.isEvent ? eventMembers(value, traits) : undefined);
  if (members !== undefined) return { kind: 'members', members };
  if (traits.isUrl) return { kind: 'text', text: String(value) };
  if (traits.hasPairs) return { kind: 'members', members: pairsOf(value as Iterable<unknown>) };
  if (traits.isLong) return { kind: 'value', value: longValue(value) };
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function' || Object.keys(value).length > 0) return undefined;
  const platform = platformMembers(value, traits);
  if (platform !== undefined) return { kind: 'members', members: platform };
  return traits.tag === undefined ? undefined : { kind: 'text', text: `[object ${traits.tag}]` };
}

function dateForm(date: Date): Form {
  const isValid = !Number.isNaN(Date.prototype.getTime.call(date));
  return { kind: 'own text', text: isValid ? Date.prototype.toISOString.call(date) : 'Invalid Date' };
}

function languageForm(value: object): Form | undefined {
  if (types.isDate(value)) return dateForm(value);
  if (types.isNativeError(value) || value instanceof Error) return ERROR;
  if (types.isMap(value)) return MAP;
  if (types.isSet(value)) return SET;
  if (ArrayBuffer.isView(value)) {
    // Frames of WebSockets and FIX messages are Buffers. Other byte arrays are taken as numbers, even if they could be text.
    if (Buffer.isBuffer(value) && isReadable(value)) return { kind: 'text', text: value.toString('utf8') };
    return types.isUint8Array(value) || types.isDataView(value)
      ? { kind: 'bytes', bytes: new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength) }
      : { kind: 'numbers', numbers: value as unknown as ArrayLike<number | bigint> };
  }
  if (types.isAnyArrayBuffer(value)) return { kind: 'bytes', bytes: new Uint8Array(value as ArrayBuffer) };
  if (types.isBoxedPrimitive(value)) return { kind: 'value', value: unboxed(value) };
  if (types.isRegExp(value)) return { kind: 'text', text: String(value) };
  return undefined;
}

/** The box's own `valueOf` may have been replaced. */
function unboxed(box: object): unknown {
  if (types.isNumberObject(box)) return Number.prototype.valueOf.call(box);
  if (types.isStringObject(box)) return String.prototype.valueOf.call(box);
  if (types.isBooleanObject(box)) return Boolean.prototype.valueOf.call(box);
  if (types.isBigIntObject(box)) return BigInt.prototype.valueOf.call(box);
  return Symbol.prototype.valueOf.call(box);
}
