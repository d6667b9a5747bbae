/**
 * What a setting may be: small checkers that are put together into the table of settings. Each says in words what it allows, reads a value of unknown
 * origin without trusting it (getters may throw, proxies may lie, prototypes may be polluted), and gives back a copy of its own.
 */
import { kindOf, type Problems, shown } from './problems.ts';
import { didYouMean } from './suggestion.ts';

export interface Kind<T> {
  /** Completes "expected …". */
  readonly expected: string;
  /** The value as it is kept; undefined when it was refused, which `problems` then tells. */
  read(value: unknown, path: string, problems: Problems): T | undefined;
  /** What the text of an environment variable stands for; the text itself when it cannot be read. Absent: the text itself. */
  fromText?(text: string): unknown;
  /** Says what such a text looks like, when it does not look like the value itself. */
  readonly textForm?: string;
}

/** A kind from a plain decision: `accept` gives what is kept, or undefined. */
export function kind<T>(
  expected: string,
  accept: (value: unknown) => T | undefined,
  fromText?: (text: string) => unknown,
): Kind<T> {
  return {
    expected,
    read(value, path, problems) {
      const accepted = accept(value);
      if (accepted === undefined) problems.add(path, shown(value), expected);
      return accepted;
    },
    ...(fromText && { fromText }),
  };
}

export const boolean: Kind<boolean> = kind(
  'true or false',
  (value) => (typeof value === 'boolean' ? value : undefined),
  (text) => (/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : text),
);

const numberFromText = (text: string) => (/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text);

export function integer(least: number, most: number, unit = ''): Kind<number> {
  return kind(
    `an integer from ${least} to ${most}${unit && ` (${unit})`}`,
    (value) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most ? (value as number) : undefined,
    numberFromText,
  );
}

/** A number of bytes. A text such as "4MB" is refused with the number that it seems to mean. */
export function bytes(least: number, most: number): Kind<number> {
  const plain = integer(least, most, 'bytes');
  return {
    ...plain,
    read(value, path, problems) {
      const [, amount, unit] = (typeof value === 'string' && /^\s*(\d{1,9})\s*([kmg])i?b?\s*$/i.exec(value)) || [];
      if (amount === undefined) return plain.read(value, path, problems);
      const meant = Number(amount) * 1024 ** ('kmg'.indexOf(unit.toLowerCase()) + 1);
      problems.add(path, shown(value), `${plain.expected}, without a unit: ${meant}`);
      return undefined;
    },
  };
}

export function above(least: number, most: number): Kind<number> {
  return kind(
    `a number above ${least}, at most ${most}`,
    (value) => (typeof value === 'number' && value > least && value <= most ? value : undefined),
    numberFromText,
  );
}

export const finite: Kind<number> = kind(
  'a finite number',
  (value) => (Number.isFinite(value) ? (value as number) : undefined),
  numberFromText,
);

export function oneOf<const T extends string>(words: readonly T[]): Kind<T> {
  const expected = words.length === 1 ? `"${words[0]}"` : `one of ${words.map((word) => `"${word}"`).join(', ')}`;
  return {
    expected,
    read(value, path, problems) {
      if (words.includes(value as T)) return value as T;
      problems.add(path, shown(value), `${expected}${typeof value === 'string' ? didYouMean(value, words) : ''}`);
      return undefined;
    },
    fromText: (text) => words.find((word) => word === text.toLowerCase()) ?? text,
  };
}

/** Non-empty text of one line. */
export function text(most: number, what = 'a text'): Kind<string> {
  return kind(`${what} of 1 to ${most} characters, without control characters`, (value) =>
    typeof value === 'string' && value !== '' && value.length <= most && !/\p{Cc}/u.test(value) && value.isWellFormed()
      ? value
      : undefined,
  );
}

export function listOf<T>(element: Kind<T>, most: number, least = 0): Kind<readonly T[]> {
  const expected = `an array of ${least > 0 ? `${least} to ${most}` : `at most ${most}`}, each ${element.expected}`;
  return {
    expected,
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
    read(value, path, problems) {
      if (isFirst(value)) return first.read(value, path, problems);
      if (typeof value === 'object' && value !== null) return second.read(value, path, problems);
      problems.add(path, shown(value), this.expected);
      return undefined;
    },
  };
}

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

/** Own enumerable properties with text keys, each read once; undefined when `value` is no plain object, which `problems` then tells. */
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

function lengthOf(value: unknown): number | undefined {
  try {
    return Array.isArray(value) ? value.length : undefined;
  } catch {
    return undefined;
  }
}
