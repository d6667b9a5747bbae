/**
 * Reads objects of unknown origin: getters may throw, proxies may be revoked, prototypes may be polluted. Only own properties count, and each is read once. A
 * property that cannot be read is a problem like any other.
 */
import { kindOf, type Problems } from './problems.ts';

export const UNREADABLE: unique symbol = Symbol('unreadable');

/** A property, read once; {@link UNREADABLE} when reading it threw. */
export function ownValue(object: object, key: string | number, path: string, problems: Problems): unknown {
  try {
    return (object as Record<string | number, unknown>)[key];
  } catch {
    problems.add(path, 'a getter that throws', 'a value that can be read');
    return UNREADABLE;
  }
}

/** Own enumerable properties with text keys, each read once; undefined when `value` is no plain object; then `problems` has that. */
export function entriesOf(value: unknown, path: string, problems: Problems, expected: string): [string, unknown][] | undefined {
  if (!isDictionary(value)) {
    problems.add(path, kindOf(value), expected);
    return undefined;
  }
  try {
    const keys = Object.keys(value);
    const entries: [string, unknown][] = [];
    for (const key of keys) {
      const item = ownValue(value, key, pathTo(path, key), problems);
      if (item !== UNREADABLE) entries.push([key, item]);
    }
    return entries;
  } catch {
    problems.add(path, 'an object whose keys cannot be read', expected);
    return undefined;
  }
}

export function pathTo(path: string, key: string): string {
  if (/^[\w$-]+$/.test(key)) return path === '' ? key : `${path}.${key}`;
  return `${path}[${JSON.stringify(key)}]`;
}

function isDictionary(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const tag = Object.prototype.toString.call(value);
    return tag === '[object Object]' || tag === '[object Module]';
  } catch {
    return false;
  }
}

/** Of an array; undefined for anything else. */
export function lengthOf(value: unknown): number | undefined {
  try {
    return Array.isArray(value) ? value.length : undefined;
  } catch {
    return undefined;
  }
}
