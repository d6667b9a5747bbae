/**
 * The arguments of a log call → keys and values. Never throws. Every value is read once, and one that is redacted not at all.
 */
import { unitsToMask } from '../../common/mask-secrets.ts';
import type { Place } from '../../redaction/redaction.ts';
import { REDACTED_TEXT } from '../layout.ts';
import { causeChain, errorParts, MAX_CAUSES, stackOf } from '../values/error-parts.ts';
import { formOf } from '../values/forms.ts';
import { Placed } from '../values/prepared.ts';
import { bigintText, cutAt, describeThrown, exceptionType, isError, isPlain, keptUnits } from '../values/value-texts.ts';

/** Any value as a text. Arrays in arrays and long bigints, which could take for ever, are only named. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
      return bigintText(value);
    case 'function':
      return '[function]';
    default:
      return isArray(value) ? arrayText(value as ArrayLike<unknown>) : describeThrown(value);
  }
}

/** Elements, and characters of each, that an array may have to be written out as a text. */
const SHORT_ARRAY = 100;

function arrayText(array: ArrayLike<unknown>): string {
  try {
    const isShort = (element: unknown) =>
      Object(element) !== element && (typeof element !== 'string' || element.length <= SHORT_ARRAY);
    return array.length <= SHORT_ARRAY && Array.from(array).every(isShort) ? describeThrown(array) : `[array of ${array.length}]`;
  } catch {
    return '[array]';
  }
}

function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value) || ArrayBuffer.isView(value);
  } catch {
    return false; // a revoked proxy
  }
}

/** A message as a text; of an Error, its own message, or its class if some code has put an object there. */
export function messageOf(message: unknown): string {
  if (!isError(message)) return textOf(message);
  const own = readProperty(message, 'message');
  return isObject(own) ? exceptionType(message) : textOf(own);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The fields argument as a plain object of its own, behind what `base` has. */
export function readFields(fields: unknown, base?: object): Readonly<Record<string, unknown>> {
  const object = fieldsOf(fields);
  try {
    return { ...base, ...object };
  } catch {
    const keys = keysOf(object);
    const values = readGuarded(object, keys);
    return { ...base, ...Object.fromEntries(keys.map((key, i) => [key, values[i]])) };
  }
}

/**
 * The fields argument as an object with properties. A plain object or an instance of a class is itself, an Error becomes `{ error }`. Anything else
 * (numbers, texts, arrays, maps, dates, functions, requests) becomes `{ value }`, so that nothing is lost.
 */
export function fieldsOf(fields: unknown): object | undefined {
  if (fields === undefined || fields === null) return undefined;
  if (typeof fields !== 'object') return { value: fields };
  try {
    if (isPlain(fields)) return fields;
    if (isError(fields)) return { error: fields };
    if (isJsonable(fields)) return fieldsOfJson(fields.toJSON(''));
    // A Date has no keys at all.
    if (holdsFields(fields) && Object.keys(fields).length > 0) return fields;
  } catch {
    // A proxy that throws.
  }
  return { value: fields };
}

/** It has a `toJSON`, and no form of its own. */
function isJsonable(object: object): object is { toJSON(key: string): unknown } {
  return typeof (object as { toJSON?: unknown }).toJSON === 'function' && formOf(object) === undefined;
}

function fieldsOfJson(json: unknown): object | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : { value: json };
}

/** Whether the properties of an object are fields: not those of an array, of an error, or of anything else that has a form of its own. */
export function holdsFields(object: object): boolean {
  try {
    return !Array.isArray(object) && (isPlain(object) || (!isJsonable(object) && formOf(object) === undefined));
  } catch {
    return false;
  }
}

/** Own enumerable text keys in their order. For a proxy that throws, one key with the error's text. */
export function keysOf(fields: object | undefined): string[] {
  if (fields === undefined) return [];
  try {
    return Object.keys(fields);
  } catch (error) {
    return [`[keys threw: ${describeThrown(error)}]`];
  }
}

/** Each key's value, read once. If its getter throws, the error's text is the value. */
export function readGuarded(fields: object | undefined, keys: readonly string[]): unknown[] {
  const values = new Array<unknown>(keys.length);
  for (let i = 0; i < keys.length; i++) values[i] = readProperty(fields!, keys[i]);
  return values;
}

export function readProperty(fields: object, key: string): unknown {
  try {
    return (fields as Record<string, unknown>)[key];
  } catch (error) {
    return thrownText(error);
  }
}

/** Text in place of a value whose getter threw. */
export function thrownText(error: unknown): string {
  return `[getter threw: ${describeThrown(error)}]`;
}

/** Longest stack of one error of a chain. */
const MAX_STACK_BYTES = 65_536;

/** Keys and values of a record. */
export interface KeyedValues {
  readonly keys: string[];
  readonly values: unknown[];
}

/** Names that the caller of an error may call it by in `redact`, where it was passed without one. */
const UNNAMED: readonly string[] = ['error', 'err'];

/**
 * A record has one error of its own: the one that is its message, else the first among its fields. It becomes `exception.type`, `exception.message` and
 * `exception.stacktrace`, as OpenTelemetry's semantic conventions for exceptions in logs name them, the stack with those of its causes. Other properties of it
 * and its causes become `exception.<name>`. Undefined when there is no error. Further errors stay where they are.
 *
 * `message`: the error that is the record's message.
 */
export function expandErrors(
  keys: readonly string[],
  values: readonly unknown[],
  root: Place,
  message?: Error,
): KeyedValues | undefined {
  let index = 0;
  if (message !== undefined) index = values.length;
  else while (index < values.length && !isError(values[index])) index++;
  if (message === undefined && index === values.length) return undefined;
  const name = keys[index];
  const error = message ?? (values[index] as Error);
  const isUnnamed = message !== undefined || UNNAMED.includes(name);
  return withParts(keys, values, index, error, judgementOf(root, isUnnamed ? UNNAMED : name));
}

/** The lists with the parts of an error from `index` on, in place of the error if it stands there. Arrays of their size: lists that grow take as long as the rest. */
function withParts(
  keys: readonly string[],
  values: readonly unknown[],
  index: number,
  error: Error,
  { place, message, hidesMessage, hidesCause }: Judgement,
): KeyedValues {
  const chain = causeChain(error, hidesCause);
  const parts = errorParts(error, true);
  const behind = index + 1;
  const size = index + OWN_PARTS + parts.length + Math.max(0, keys.length - behind);
  const allKeys = new Array<string>(size);
  const allValues = new Array<unknown>(size);
  let at = 0;
  for (; at < index; at++) {
    allKeys[at] = keys[at];
    allValues[at] = values[at];
  }
  allKeys[at] = 'exception.type';
  allValues[at++] = exceptionType(error);
  allKeys[at] = 'exception.message';
  allValues[at++] = messagePart(error, message, chain);
  allKeys[at] = 'exception.stacktrace';
  allValues[at++] = hidesMessage ? REDACTED_TEXT : stacksOf(chain);
  for (let i = 0; i < parts.length; i++, at++) {
    const { attribute, key } = parts[i];
    allKeys[at] = attribute;
    allValues[at] = propertyAt(place.under(key), error, key, chain);
  }
  for (let i = behind; i < keys.length; i++, at++) {
    allKeys[at] = keys[i];
    allValues[at] = values[i];
  }
  return { keys: allKeys, values: allValues };
}

/** Type, message and stack. */
const OWN_PARTS = 3;

/** The two stacks that were joined last, and the text that they became: to put it together anew, flat, takes 0.1 µs. */
let joinedFirst = '';
let joinedSecond = '';
let joined = '';
/** Longer texts are not kept. */
const MOST_JOINED_UNITS = 8_192;

/** The stacks of an error and its cause, which are the same texts when they come from the same place again. */
function withCause(first: string, second: string): string {
  if (first === joinedFirst && second === joinedSecond) return joined;
  const text = `${first}${CAUSED_BY}${second}`;
  if (text.length > MOST_JOINED_UNITS) return text;
  joinedFirst = first;
  joinedSecond = second;
  joined = text;
  return text;
}

const CAUSED_BY = '\nCaused by: ';

/** The stacks of an error and its causes. A cause that is an object has no stack: it is among the properties. */
function stacksOf(chain: readonly unknown[]): string {
  let stacks = '';
  for (const each of chain) {
    if (!isError(each) && Object(each) === each) continue;
    const stack = shortStack(isError(each) ? stackText(each) : textOf(each));
    stacks = each === chain[0] ? stack : chain.length === 2 ? withCause(stacks, stack) : `${stacks}${CAUSED_BY}${stack}`;
  }
  return stacks;
}

/** Cut where no credential is: it is masked when it is written. */
function shortStack(stack: string): string {
  const kept = keptUnits(stack, MAX_STACK_BYTES);
  return kept === stack.length ? stack : cutAt(stack, unitsToMask(stack, kept));
}

function stackText(error: Error): string {
  try {
    return textOf(stackOf(error));
  } catch (thrown) {
    return thrownText(thrown);
  }
}

/** What redaction says of the error of a record. */
interface Judgement {
  readonly place: Place;
  /** Of its message. */
  readonly message: Place;
  /** Its message or its stack, whose first line is the message. */
  readonly hidesMessage: boolean;
  /** By depth: whether the stack of a cause must be left out, as the cause itself, its message or its stack is redacted. */
  readonly hidesCause: readonly boolean[];
}

/** Judgements that are kept for each redaction: one for each name that a program gives its errors. */
const MAX_JUDGEMENTS = 256;
const judgements = new WeakMap<Place, Map<readonly string[] | string, Judgement>>();

/** `name`: of the field that the error was passed in, or those of one that was passed without. */
function judgementOf(root: Place, name: string | readonly string[]): Judgement {
  let known = judgements.get(root);
  if (known === undefined) {
    known = new Map();
    judgements.set(root, known);
  }
  let judgement = known.get(name);
  if (judgement === undefined) {
    judgement = judge(root, typeof name === 'string' ? [name] : name);
    if (known.size >= MAX_JUDGEMENTS) known.clear();
    known.set(name, judgement);
  }
  return judgement;
}

/** By the names that the caller has given, and by those under which the parts are written. */
function judge(root: Place, names: readonly string[]): Judgement {
  const place = names.reduce((place, name) => place.and(root.under(name)), root.under('exception'));
  const hides = (at: Place) => at.under('message').redacted || at.under('stack').redacted;
  const hidesCause = [false];
  for (let at = place.under('cause'); hidesCause.length < MAX_CAUSES; at = at.under('cause'))
    hidesCause.push(at.redacted || hides(at));
  return { place, message: place.under('message'), hidesMessage: hides(place), hidesCause };
}

/** A text, as readers expect it. Where some code has put an object, nothing of that is lost. */
function messagePart(error: Error, place: Place, chain: readonly unknown[]): unknown {
  const message = propertyAt(place, error, 'message', chain);
  return typeof message === 'string' || message instanceof Placed ? message : textOf(message);
}

function propertyAt(place: Place, error: Error, key: string, chain: readonly unknown[]): unknown {
  if (place.redacted) return REDACTED_TEXT;
  const value = readProperty(error, key);
  return isObject(value) ? new Placed(value, place, chain) : value;
}
