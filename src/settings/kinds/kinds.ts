/**
 * Kinds of settings: small checkers that the rows of the settings are made of. Each describes in words what it allows, takes a value of unknown origin, and
 * gives back a copy or a problem.
 */
import { type Problems, shown } from '../problems.ts';
import { didYouMean } from '../suggestion.ts';

export interface Kind<T> {
  /** Completes "expected …". */
  readonly expected: string;
  /** Its type as TypeScript text: `npm run settings` writes the public types with it. */
  readonly type: string;
  /** The value as it is kept; undefined when it was refused; then `problems` has the reason. */
  read(value: unknown, path: string, problems: Problems): T | undefined;
  /** The value of an environment variable's text; the text itself when it cannot be read. Absent: the text itself. */
  fromText?(text: string): unknown;
  /** Describes such a text, where it differs from the value itself. */
  readonly textForm?: string;
}

/** A kind from a plain decision: `accept` returns the value that is kept, or undefined. */
export function kind<T>(
  type: string,
  expected: string,
  accept: (value: unknown) => T | undefined,
  fromText?: (text: string) => unknown,
): Kind<T> {
  return {
    expected,
    type,
    read(value, path, problems) {
      const accepted = accept(value);
      if (accepted === undefined) problems.add(path, shown(value), expected);
      return accepted;
    },
    ...(fromText && { fromText }),
  };
}

export const boolean: Kind<boolean> = kind(
  'boolean',
  'true or false',
  (value) => (typeof value === 'boolean' ? value : undefined),
  (text) => (/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : text),
);

const numberFromText = (text: string) => (/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text);

export function integer(least: number, most: number, unit = ''): Kind<number> {
  return kind(
    'number',
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
    'number',
    `a number above ${least}, at most ${most}`,
    (value) => (typeof value === 'number' && value > least && value <= most ? value : undefined),
    numberFromText,
  );
}

export const finite: Kind<number> = kind(
  'number',
  'a finite number',
  (value) => (Number.isFinite(value) ? (value as number) : undefined),
  numberFromText,
);

export function oneOf<const T extends string>(words: readonly T[]): Kind<T> {
  const expected = words.length === 1 ? `"${words[0]}"` : `one of ${words.map((word) => `"${word}"`).join(', ')}`;
  return {
    expected,
    type: words.map((word) => `'${word}'`).join(' | '),
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
  return kind('string', `${what} of 1 to ${most} characters, without control characters`, (value) =>
    typeof value === 'string' && value !== '' && value.length <= most && !/\p{Cc}/u.test(value) && value.isWellFormed()
      ? value
      : undefined,
  );
}

/** A secret that travels in a header of HTTP. Messages never show it. */
export function secret(least: number, most: number): Kind<string> {
  const expected = `a text of ${least} to ${most} letters, digits and - . _ ~ + / =`;
  return {
    expected,
    type: 'string',
    read(value, path, problems) {
      if (typeof value === 'string' && value.length >= least && value.length <= most && /^[\w.~+/=-]*$/.test(value)) return value;
      problems.add(path, typeof value === 'string' ? `a text of ${value.length} characters` : shown(value), expected);
      return undefined;
    },
  };
}

/** The same kind under a name that its type has in ../vocabulary.ts or elsewhere. */
export function named<T>(type: string, plain: Kind<T>): Kind<T> {
  return { ...plain, type };
}
