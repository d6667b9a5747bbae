/**
 * Values of the web platform as objects with readable properties. Throws what the value's code throws.
 */
import type { ClassTraits } from './class-traits.ts';

/** Names and values of headers, search parameters and forms. A name that stands there more than once has a list. */
export function pairsOf(pairs: Iterable<unknown>): Record<string, unknown> {
  const members: Record<string, unknown> = Object.create(null);
  const lists = new Set<string>();
  for (const [name, value] of pairs as Iterable<readonly [string, unknown]>) {
    if (!Object.hasOwn(members, name)) members[name] = value;
    else if (lists.has(name)) (members[name] as unknown[]).push(value);
    else {
      lists.add(name);
      members[name] = [members[name], value];
    }
  }
  return members;
}

/** Properties of events: of errors, closes, messages, progress, and made by the user. */
const EVENT_MEMBERS: readonly string[] = [
  ...['message', 'error', 'filename', 'lineno', 'colno', 'code', 'reason', 'wasClean', 'data', 'detail', 'lastEventId', 'origin'],
  ...['loaded', 'total', 'key', 'newValue', 'oldValue', 'promise'],
];

export function eventMembers(event: object, traits: ClassTraits): Record<string, unknown> {
  const read = event as Readonly<Record<string, unknown>>;
  const members: Record<string, unknown> = { class: traits.name, type: read.type };
  for (const key of EVENT_MEMBERS) {
    if (traits.accessors.has(key) || Object.hasOwn(event, key)) addTelling(members, key, read[key]);
  }
  for (const key of Object.keys(event)) if (key !== 'isTrusted' && !(key in members)) addTelling(members, key, read[key]);
  const { target } = read;
  if (typeof target === 'object' && target !== null) addTelling(members, 'url', textOrNothing((target as { url?: unknown }).url));
  return members;
}

/** Values of the enumerable accessors of an interface of the web platform. Undefined when there are none. */
export function platformMembers(value: object, { name, attributes }: ClassTraits): Record<string, unknown> | undefined {
  if (attributes.length === 0) return undefined;
  const members: Record<string, unknown> = { class: name };
  for (const key of attributes) {
    const read = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof read !== 'function') addTelling(members, key, read);
  }
  return members;
}

/** The number that the package `long` keeps in two halves. */
export function longValue(value: object): number | bigint {
  const { low, high, unsigned } = value as { low: number; high: number; unsigned: boolean };
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const exact = unsigned ? bits : BigInt.asIntN(64, bits);
  return exact >= Number.MIN_SAFE_INTEGER && exact <= Number.MAX_SAFE_INTEGER ? Number(exact) : exact;
}

function addTelling(members: Record<string, unknown>, key: string, value: unknown): void {
  if (value !== undefined && value !== null && value !== '') members[key] = value;
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
