/**
 * The arguments of a log call in any order and number → a message and fields, without ever throwing and without losing any of them (docs/values.md, "Ways to
 * call"). The ordinary call, a text and an object, never comes here.
 */
import { isError } from '../values/value-texts.ts';
import { fieldsOf, keysOf, messageOf, readFields, readProperty, textOf } from './arguments.ts';
import { fieldsNow } from './lazy-fields.ts';

export interface CallShape {
  /** A text, or the error that is the record's message. */
  readonly message: unknown;
  /** An argument of {@link fieldsOf}. */
  readonly fields: unknown;
}

/**
 * The message is the first text; without one, the first error; without either, a first argument that is no object. Everything else is fields: the properties of
 * objects, errors as `error`, other values as `value`. Names that come twice hold an array. `undefined` and `null` say nothing.
 */
export function callShapeOf(args: readonly unknown[]): CallShape {
  const at = messageAt(args);
  const others = args.filter((arg, i) => i !== at && arg !== undefined && arg !== null);
  const message = at < 0 ? '' : typeof args[at] === 'string' || isError(args[at]) ? args[at] : textOf(args[at]);
  return { message, fields: others.length > 1 ? joined(others) : others[0] };
}

/** Index of the argument that is the message; -1: there is none. */
function messageAt(args: readonly unknown[]): number {
  const text = args.findIndex((arg) => typeof arg === 'string');
  if (text >= 0) return text;
  const error = args.findIndex(isError);
  if (error >= 0) return error;
  return args[0] === null || typeof args[0] !== 'object' ? 0 : -1;
}

/** Properties of several arguments, each read once. */
function joined(args: readonly unknown[]): object {
  const lists = new Map<string, unknown[]>();
  for (const arg of args) {
    const fields = fieldsOf(arg);
    for (const key of keysOf(fields)) {
      const value = readProperty(fields!, key);
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [value]);
      else list.push(value);
    }
  }
  const fields: Record<string, unknown> = Object.create(null);
  for (const [key, list] of lists) fields[key] = list.length === 1 ? list[0] : list;
  return fields;
}

/** Message and fields of a record that gets no shape. */
export function bodyAndAttributes(first: unknown, second: unknown): { body: string; attributes: object; error?: Error } {
  const given = fieldsNow(second);
  const { message, fields } = typeof first === 'string' ? { message: first, fields: given } : callShapeOf([first, given]);
  return { body: messageOf(message), attributes: readFields(fields), ...(isError(message) && { error: message }) };
}
