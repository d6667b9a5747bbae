/**
 * Kinds put together from other kinds: lists, dictionaries, objects with members, alternatives. Reading goes through `../guarded.ts`, property by property.
 */
import { entriesOf, lengthOf, ownValue, pathTo, UNREADABLE } from '../guarded.ts';
import { kindOf, Problems, shown } from '../problems.ts';
import { didYouMean } from '../suggestion.ts';
import type { Kind } from './kinds.ts';

export function listOf<T>(element: Kind<T>, most: number, least = 0): Kind<readonly T[]> {
  const expected = `an array of ${least > 0 ? `${least} to ${most}` : `at most ${most}`}, each ${element.expected}`;
  return {
    expected,
    type: `readonly ${/[ |]/.test(element.type) ? `(${element.type})` : element.type}[]`,
    read(value, path, problems) {
      const length = lengthOf(value);
      if (length === undefined || length < least || length > most) {
        problems.add(path, shown(value), expected);
        return undefined;
      }
      const before = problems.count;
      const list: T[] = [];
      for (let i = 0; i < length; i++) {
        const item = ownValue(value as object, i, `${path}[${i}]`, problems);
        if (item === UNREADABLE) continue;
        const read = element.read(item, `${path}[${i}]`, problems);
        if (read !== undefined) list.push(read);
      }
      return problems.count === before ? list : undefined;
    },
    fromText: (line) =>
      line
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => (element.fromText ? element.fromText(part) : part)),
  };
}

/** An object used as a dictionary. `key` judges the names, and may rewrite them. */
export function mapOf<T>(key: Kind<string>, value: Kind<T>, most: number): Kind<Readonly<Record<string, T>>> {
  const expected = `an object: ${key.expected} → ${value.expected}`;
  return {
    expected,
    type: `Readonly<Record<string, ${value.type}>>`,
    read(given, path, problems) {
      const entries = entriesOf(given, path, problems, expected);
      if (entries === undefined) return undefined;
      if (entries.length > most) {
        problems.add(path, `${entries.length} entries`, `at most ${most} entries`);
        return undefined;
      }
      const before = problems.count;
      const pairs: [string, T][] = [];
      for (const [name, item] of entries) {
        const place = pathTo(path, name);
        const readKey = key.read(name, place, problems);
        const readValue = value.read(item, place, problems);
        if (readKey !== undefined && readValue !== undefined) pairs.push([readKey, readValue]);
      }
      return problems.count === before ? Object.fromEntries(pairs) : undefined;
    },
    fromText: (line) => pairsFromText(line, value.fromText ?? ((part) => part)),
    textForm: 'name=value pairs with commas between them, percent-encoded',
  };
}

/** As in OTEL_EXPORTER_OTLP_HEADERS and OTEL_RESOURCE_ATTRIBUTES. One malformed pair spoils the whole text. */
function pairsFromText(text: string, valueFromText: (text: string) => unknown): unknown {
  const pairs: [string, unknown][] = [];
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    if (equals <= 0) return text;
    try {
      const [name, value] = [part.slice(0, equals), part.slice(equals + 1)].map((side) => decodeURIComponent(side.trim()));
      pairs.push([name, valueFromText(value)]);
    } catch {
      return text;
    }
  }
  return Object.fromEntries(pairs);
}

/** An object with fixed members, of which `required` must be there. */
export function members<T extends object>(
  shape: { readonly [Key in keyof T]-?: Kind<NonNullable<T[Key]>> },
  required: readonly (keyof T & string)[],
): Kind<T> {
  const names = Object.keys(shape);
  const expected = `an object with ${names.map((name) => (required.includes(name as keyof T & string) ? name : `${name}?`)).join(', ')}`;
  return {
    expected,
    type: `{ ${names.map((name) => `readonly ${name}${required.includes(name as keyof T & string) ? '' : '?'}: ${(shape as Record<string, Kind<unknown>>)[name].type}`).join('; ')} }`,
    read(value, path, problems) {
      const entries = entriesOf(value, path, problems, expected);
      if (entries === undefined) return undefined;
      const before = problems.count;
      const pairs: [string, unknown][] = [];
      for (const [name, item] of entries) {
        if (item === undefined) continue;
        const place = pathTo(path, name);
        if (Object.hasOwn(shape, name))
          pairs.push([name, (shape as Record<string, Kind<unknown>>)[name].read(item, place, problems)]);
        else problems.add(place, kindOf(item), `a setting that exists${didYouMean(name, names)}; ${expected}`);
      }
      for (const name of required) {
        if (!pairs.some(([present]) => present === name)) problems.add(pathTo(path, name), 'nothing', shape[name].expected);
      }
      // No prototype: a member that is not there must not be found on a polluted one.
      return problems.count === before ? ({ __proto__: null, ...Object.fromEntries(pairs) } as unknown as T) : undefined;
    },
  };
}

/** The first of two kinds whose sort (`typeof`, array or not) the value has. */
export function either<A, B>(first: Kind<A>, second: Kind<B>, isFirst: (value: unknown) => boolean): Kind<A | B> {
  return {
    expected: `${first.expected}, or ${second.expected}`,
    type: `${first.type} | ${second.type}`,
    read(value, path, problems) {
      if (isFirst(value)) {
        const own = new Problems();
        const read = first.read(value, path, own);
        for (const issue of own.list()) problems.add(issue.path, issue.value, `${issue.expected}, or ${second.expected}`);
        return read;
      }
      if (typeof value === 'object' && value !== null) return second.read(value, path, problems);
      problems.add(path, shown(value), this.expected);
      return undefined;
    },
  };
}
