/**
 * What users hand to a log call → keys and values, without ever throwing. Every value is read once.
 */
import { bigintText, cutText, describeThrown, exceptionType, isError, isPlain } from '../values/value-texts.ts';

/** Any value as a text. What could take for ever to write out (arrays in arrays, long bigints) is not. */
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

/** A message as a text; of an Error, its own message. */
export function messageOf(message: unknown): string {
  return isError(message) ? part(() => message.message) : textOf(message);
}

/** Message and fields of a record that gets no shape. An Error as the message is one of the fields, too. */
export function bodyAndAttributes(message: unknown, fields: unknown): { body: string; attributes: object } {
  const attributes = readFields(fields);
  return { body: messageOf(message), attributes: isError(message) ? { ...attributes, error: message } : attributes };
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
 * The fields argument as an object with properties: a plain object is itself; an Error becomes `{ error }`; anything else that has no keys of
 * its own to speak of (numbers, texts, arrays, maps, dates, functions) becomes `{ value }`, so that nothing handed in is lost.
 */
export function fieldsOf(fields: unknown): object | undefined {
  if (fields === undefined || fields === null) return undefined;
  if (typeof fields !== 'object') return { value: fields };
  try {
    if (isPlain(fields)) return fields;
    if (isError(fields)) return { error: fields };
    // A Date has no keys at all.
    if (holdsFields(fields) && Object.keys(fields).length > 0) return fields;
  } catch {
    // A proxy that refuses to tell.
  }
  return { value: fields };
}

/** Whether the properties of an object are fields: those of an array or a text are positions, and an error is more than its properties. */
export function holdsFields(object: object): boolean {
  return !isArray(object) && !(object instanceof String) && !isError(object);
}

/** Own enumerable text keys in their order. A proxy that refuses to tell is one key that says so. */
export function keysOf(fields: object | undefined): string[] {
  if (fields === undefined) return [];
  try {
    return Object.keys(fields);
  } catch (error) {
    return [`[keys threw: ${describeThrown(error)}]`];
  }
}

/** Each key's value, read once; a getter that throws gives a text that says so. */
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

/** What stands in place of a value whose getter threw. */
export function thrownText(error: unknown): string {
  return `[getter threw: ${describeThrown(error)}]`;
}

/** Longest stack of one error of a chain. */
const MAX_STACK_BYTES = 65_536;

/** Longest chain of causes that is followed. */
const MAX_CAUSES = 8;

/**
 * The first Error among the values becomes `exception.type`, `exception.message` and `exception.stacktrace`, as OpenTelemetry's semantic
 * conventions for exceptions in logs name them, the stack with its chain of causes. Undefined when there is no Error.
 */
export function expandErrors(
  keys: readonly string[],
  values: readonly unknown[],
): { keys: string[]; values: unknown[] } | undefined {
  const index = values.findIndex(isError);
  if (index < 0) return undefined;
  const error = values[index] as Error;
  const outKeys = keys.slice(0, index).concat('exception.type', 'exception.message', 'exception.stacktrace');
  const outValues = values.slice(0, index).concat(
    exceptionType(error),
    part(() => error.message),
    stackWithCauses(error),
  );
  // What an error carries beside its message (code, status, orderId) is what its reader is after.
  const own = keysOf(error).filter((key) => key !== 'message' && key !== 'stack' && key !== 'cause' && key !== 'name');
  if (error instanceof AggregateError && !own.includes('errors')) own.push('errors');
  const ownValues = readGuarded(error, own);
  own.forEach((key, i) => {
    outKeys.push(`exception.${key}`);
    outValues.push(ownValues[i]);
  });
  return { keys: outKeys.concat(keys.slice(index + 1)), values: outValues.concat(values.slice(index + 1)) };
}

function stackWithCauses(error: Error): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  let current: unknown = error;
  while (current !== undefined && current !== null && !seen.has(current) && parts.length < MAX_CAUSES) {
    seen.add(current);
    const shown = current;
    const failed = isError(shown);
    parts.push(cutText(failed ? part(() => shown.stack ?? describeThrown(shown)) : textOf(shown), MAX_STACK_BYTES));
    current = failed ? causeOf(shown) : undefined;
  }
  return parts.join('\nCaused by: ');
}

function causeOf(error: Error): unknown {
  try {
    return error.cause;
  } catch {
    return undefined;
  }
}

function part(read: () => unknown): string {
  try {
    return textOf(read());
  } catch (error) {
    return thrownText(error);
  }
}
