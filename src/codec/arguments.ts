/**
 * What users hand to a log call → keys and values, without ever throwing. Every value is read once.
 */
import { describeThrown, exceptionType } from './value-writer.ts';

/** Any value as a text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return describeThrown(value);
}

/**
 * The fields argument as an object with properties: a plain object is itself; an Error becomes `{ error }`; anything else that has no keys of
 * its own to speak of (numbers, texts, arrays, maps, dates, functions) becomes `{ value }`, so that nothing handed in is lost.
 */
export function fieldsOf(fields: unknown): object | undefined {
  if (fields === undefined || fields === null) return undefined;
  if (typeof fields !== 'object') return { value: fields };
  if (fields instanceof Error) return { error: fields };
  if (
    Array.isArray(fields) ||
    fields instanceof Map ||
    fields instanceof Set ||
    fields instanceof Date ||
    ArrayBuffer.isView(fields)
  ) {
    return { value: fields };
  }
  return fields;
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
  for (let i = 0; i < keys.length; i++) {
    try {
      values[i] = (fields as Record<string, unknown>)[keys[i]];
    } catch (error) {
      values[i] = `[getter threw: ${describeThrown(error)}]`;
    }
  }
  return values;
}

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
  const index = values.findIndex((value) => value instanceof Error);
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
    parts.push(shown instanceof Error ? part(() => shown.stack ?? describeThrown(shown)) : textOf(shown));
    current = shown instanceof Error ? causeOf(shown) : undefined;
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
    return `[getter threw: ${describeThrown(error)}]`;
  }
}
