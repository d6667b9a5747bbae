/**
 * Bindings of a logger of the facade, as they are when they are given: pino makes its JSON of them then, so what happens to an object afterwards does not matter.
 */
import { types } from 'node:util';
import { keysOf, readProperty } from '../../codec/encode/arguments.ts';
import { formOf } from '../../codec/values/forms.ts';
import { isError, isPlain } from '../../codec/values/value-texts.ts';
import { attempt } from '../common/attempt.ts';
import { copyOfError } from '../common/error-copy.ts';
import { isErrorLike } from '../common/error-like.ts';
import { isOfTrace } from '../common/trace-fields.ts';
import type { PathRedaction } from './redact.ts';
import { hasKeys, serializedFields } from './serialize.ts';
import type { Bindings, PinoFormatters, Serializers } from './types.ts';

type Fields = Record<string, unknown>;

/** Objects in objects that are copied; the encoder writes fewer. */
const MAX_DEPTH = 32;

export interface GivenBindings {
  /** All of them. */
  readonly fields: Fields;
  /**
   * Those that say something of a record, not of its logger: errors, and the ids of a trace. They are among the fields of each record, where they become its
   * exception and its trace. Undefined: none.
   */
  readonly ofRecords: Fields | undefined;
  /** The others. */
  readonly ofLogger: Fields;
}

export function givenBindings(
  bindings: Bindings,
  { serializers, redaction }: { readonly serializers: Serializers; readonly redaction: PathRedaction | undefined },
  formatter: PinoFormatters['bindings'],
): GivenBindings {
  const formatted = attempt<Fields>(
    () => (formatter?.(bindings) ?? bindings) as Fields,
    (thrown) => ({ ...bindings, 'pino.formatters.bindings': thrown }),
  );
  const kept: Fields = {};
  // A request's id and the like need no second look: there is a child for each request.
  let isOrdinary = redaction === undefined && !hasKeys(serializers);
  for (const key of Object.keys(formatted)) {
    const value = readProperty(formatted, key);
    if (value === undefined || isNoBinding(key)) continue;
    kept[key] = value;
    if ((typeof value === 'object' && value !== null) || isOfTrace(key)) isOrdinary = false;
  }
  if (isOrdinary) return { fields: kept, ofRecords: undefined, ofLogger: kept };
  const serialized = serializedFields(serializers, kept);
  const fields = redaction?.apply(serialized) ?? serialized;
  let ofRecords: Fields | undefined;
  for (const key in fields) {
    const value = fields[key];
    const isObject = typeof value === 'object' && value !== null;
    if (isObject) fields[key] = fixed(value);
    if ((isObject && (isError(value) || isErrorLike(value))) || isOfTrace(key)) {
      ofRecords ??= {};
      ofRecords[key] = fields[key];
    }
  }
  return { fields, ofRecords, ofLogger: ofRecords === undefined ? fields : without(fields, ofRecords) };
}

/** Names in pino's bindings that are not fields. */
function isNoBinding(key: string): boolean {
  return key === 'level' || key === 'serializers' || key === 'formatters' || key === 'customLevels';
}

/** The fields without those whose names the others have. */
export function without(fields: Fields, others: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !Object.hasOwn(others, key)));
}

function fixed(value: object): unknown {
  return attempt<unknown>(
    () => copyOf(value, new Map(), 0),
    (thrown) => thrown,
  );
}

/** `copies`: of objects around it and before it. Values that have a form of their own, but for those that are changed often, are left as they are. */
function copyOf(value: unknown, copies: Map<object, unknown>, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const keep = <Copy>(copy: Copy): Copy => {
    copies.set(value, copy);
    return copy;
  };
  const inner = (each: unknown) => copyOf(each, copies, depth + 1);
  if (Array.isArray(value)) {
    const copy: unknown[] = keep([]);
    for (const each of value) copy.push(inner(each));
    return copy;
  }
  if (types.isMap(value)) {
    const copy = keep(new Map());
    for (const [key, each] of value) copy.set(key, inner(each));
    return copy;
  }
  if (types.isSet(value)) {
    const copy = keep(new Set());
    for (const each of value) copy.add(inner(each));
    return copy;
  }
  if (types.isDate(value)) return new Date(value.getTime());
  if (ArrayBuffer.isView(value)) return types.isDataView(value) ? value : (value as Uint8Array).slice();
  if (isError(value)) {
    const copy = keep(copyOfError(value));
    for (const key of [...Object.keys(copy), 'cause', 'errors']) if (Object.hasOwn(copy, key)) copy[key] = inner(copy[key]);
    return copy;
  }
  const form = isPlain(value) ? undefined : formOf(value);
  if (form !== undefined) return form.kind === 'members' ? inner(form.members) : value;
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return inner(toJSON.call(value, ''));
  const copy: Fields = keep({});
  for (const key of keysOf(value)) copy[key] = inner(readProperty(value, key));
  return copy;
}
