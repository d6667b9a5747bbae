import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { parseEntry } from '../../src/redaction/entry.ts';
import { createTestLogging } from '../../src/testing.ts';

describe('spellings of paths are understood', () => {
  test.each([
    ['users[*].ssn', ['users', '*', 'ssn']],
    ['headers["x-desk-key"]', ['headers', 'xdeskkey']],
    ["headers['x-desk-key']", ['headers', 'xdeskkey']],
    ['$.a.b', ['a', 'b']],
    ['$["a"][0].b', ['a', '0', 'b']],
    ['a[0][1]', ['a', '0', '1']],
    ['a..b', ['a', '**', 'b']],
    ['a.**.b', ['a', '**', 'b']],
    ['attributes["http.request.body"]', ['attributes', 'http', 'request', 'body']],
    ['a.b.', ['a', 'b']],
  ])('%s', (entry, path) => {
    expect(parseEntry(entry)).toEqual({ path });
  });

  test.each([
    ['$.ssn', 'ssn'],
    ['$..ssn', 'ssn'],
    ['["ssn"]', 'ssn'],
    ['**.ssn', 'ssn'],
    ['x_*_key', 'x*key'],
    ['Api Key', 'apikey'],
  ])('%s is a name', (entry, name) => {
    expect(parseEntry(entry)).toEqual({ name });
  });
});

describe('what is not understood is refused with the spelling that works', () => {
  test.each([
    ['users[?(@.id)].ssn', 'users.*.ssn'],
    ['users[0:2].ssn', 'users.*.ssn'],
    ['headers[x-desk-key]', 'headers.x-desk-key'],
    ['users[*.ssn', 'users.*.ssn'],
    ['/users/0/ssn', 'users.0.ssn'],
    ['a"b"', 'ab'],
  ])('%s', (entry, works) => {
    let error: unknown;
    try {
      createTestLogging({ redact: ['...', entry] });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect(inspect((error as ConfigError).issues)).toContain(works);
    expect(inspect((error as ConfigError).issues)).toContain('redact[1]');
    expect(parseEntry(works)).not.toHaveProperty('problem');
  });

  test.each(['.', '_', '- -', '$', '..'])('%s names nothing', (entry) => {
    expect(() => createTestLogging({ redact: [entry] })).toThrow(ConfigError);
  });

  test('any text is an entry or has a problem with a remedy', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '.', '[', ']', '*', '"', "'", '$', '0', '/', '?'), maxLength: 12 }),
        (entry) => {
          const parsed = parseEntry(entry);
          if ('problem' in parsed) expect(parsed.problem.length).toBeGreaterThan(10);
          else if (!/["']/.test(entry)) expect('name' in parsed ? parsed.name : parsed.path.join('.')).not.toMatch(/["'[\]]/);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

/** A value of objects, arrays, Maps, Sets and errors, with a text of its own at each leaf. */
interface Grown {
  readonly value: unknown;
  readonly leaves: readonly { readonly path: readonly (string | number)[]; readonly text: string }[];
}

let serial = 0;
const KEYS = ['a', 'b', 'k', 'ab'] as const;

const grown: fc.Memo<Grown> = fc.memo((depth) => {
  const leaf = fc.constant(undefined).map((): Grown => {
    const text = `L${++serial}Z`;
    return { value: text, leaves: [{ path: [], text }] };
  });
  if (depth <= 1) return leaf;
  const below = fc.oneof(leaf, grown());
  const kinds = fc.constantFrom('object', 'array', 'map', 'set', 'error', 'null prototype', 'class');
  return fc
    .tuple(
      kinds,
      fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 }),
      fc.array(below, { minLength: 3, maxLength: 3 }),
    )
    .map(([kind, keys, items]): Grown => {
      const isList = kind === 'array' || kind === 'set';
      const steps = keys.map((key, i) => (isList ? i : key));
      const entries = keys.map((key, i) => [key, items[i].value] as const);
      const value =
        kind === 'array'
          ? entries.map(([, each]) => each)
          : kind === 'set'
            ? new Set(entries.map(([, each]) => each))
            : kind === 'map'
              ? new Map(entries)
              : kind === 'error'
                ? Object.assign(new Error('e'), Object.fromEntries(entries))
                : kind === 'class'
                  ? Object.assign(new (class Holder {})(), Object.fromEntries(entries))
                  : Object.assign(kind === 'object' ? {} : Object.create(null), Object.fromEntries(entries));
      const leaves = keys.flatMap((_, i) => items[i].leaves.map(({ path, text }) => ({ path: [steps[i], ...path], text })));
      return { value, leaves };
    });
});

test('a path holds through objects, arrays, Maps, Sets and errors, and nothing else is redacted', () => {
  const part = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...KEYS, 'field', 'other') },
    fc.constant('*'),
    fc.constantFrom('0', '1'),
  );
  const entry = fc.array(part, { minLength: 2, maxLength: 4 });
  const fits = (wanted: string, step: string | number) => wanted === '*' || wanted === String(step);
  const ends = (parts: readonly string[], path: readonly (string | number)[]): boolean => {
    if (parts.length === 0) return true;
    if (path.length === 0) return false;
    const [step, rest] = [path.at(-1)!, path.slice(0, -1)];
    return (fits(parts.at(-1)!, step) && ends(parts.slice(0, -1), rest)) || (typeof step === 'number' && ends(parts, rest));
  };
  fc.assert(
    fc.property(grown(4), grown(3), fc.array(entry, { maxLength: 3 }), (first, second, entries) => {
      const logging = createTestLogging({ redact: entries.map((parts) => parts.join('.')) });
      logging.getLogger('x').info('m', { field: first.value, other: second.value });
      const written = JSON.stringify(logging.records()[0].attributes, (_, each) => (typeof each === 'bigint' ? `${each}` : each));
      const leaves = [
        ...first.leaves.map((leaf) => ({ ...leaf, path: ['field', ...leaf.path] })),
        ...second.leaves.map((leaf) => ({ ...leaf, path: ['other', ...leaf.path] })),
      ];
      for (const { path, text } of leaves) {
        const isRedacted = path.some((_, i) => i > 0 && entries.some((parts) => ends(parts, path.slice(0, i + 1))));
        if (isRedacted) expect(written, path.join('.')).not.toContain(text);
        else expect(written, path.join('.')).toContain(text);
      }
    }),
    { numRuns: 500 },
  );
});
