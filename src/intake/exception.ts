/**
 * The field `exception` of a log record of OpenTelemetry's API → the attributes that the semantic conventions give an exception. Libraries pass errors, but
 * also objects that were errors before a JSON round trip, and plain texts.
 */
import { keysOf, readGuarded, textOf } from '../codec/encode/arguments.ts';

/** Properties of an error-like object, and the attributes that they become. */
const PARTS = [
  { names: ['name', 'type', 'code'], attribute: 'exception.type' },
  { names: ['message'], attribute: 'exception.message' },
  { names: ['stack'], attribute: 'exception.stacktrace' },
] as const;

/**
 * The attributes of a record with its exception among them; an attribute of the caller with a name of the conventions wins. Properties of an
 * error beside its type, message and stack become `exception.<name>`, as with errors among fields.
 */
export function withException(attributes: object | undefined, exception: unknown): object | undefined {
  if (exception === undefined || exception === null) return attributes;
  // The encoder expands the first error among the attributes, with its causes.
  const parts = exception instanceof Error ? { exception } : partsOf(exception);
  const keys = keysOf(attributes);
  const values = readGuarded(attributes, keys);
  const merged: Record<string, unknown> = Object.assign(Object.create(null), parts);
  for (let i = 0; i < keys.length; i++) {
    // The error itself stands under this name until it is expanded.
    merged[keys[i] === 'exception' && exception instanceof Error ? 'exception.value' : keys[i]] = values[i];
  }
  return merged;
}

function partsOf(exception: unknown): Record<string, unknown> {
  if (typeof exception !== 'object' || exception === null) return { 'exception.message': textOf(exception) };
  const parts: Record<string, unknown> = {};
  const said = new Set<string>();
  for (const { names, attribute } of PARTS) {
    // Not only own properties: errors of another realm are no instances of our Error.
    const values = readGuarded(exception, names);
    const at = values.findIndex((value) => value !== undefined && value !== null && value !== '');
    if (at < 0) continue;
    parts[attribute] = textOf(values[at]);
    said.add(names[at]);
  }
  // It has no known property: it is kept as it is.
  if (said.size === 0) return { exception };
  const keys = keysOf(exception);
  const values = readGuarded(exception, keys);
  keys.forEach((key, i) => {
    if (!said.has(key) && !isTypeAgain(key, values[i], parts)) parts[`exception.${key}`] = values[i];
  });
  return parts;
}

/** pino's errors have their type under two names. */
function isTypeAgain(key: string, value: unknown, parts: Readonly<Record<string, unknown>>): boolean {
  return (key === 'type' || key === 'name') && value === parts['exception.type'];
}
