/** The parts of an error, against what each of them promises. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { causeChain, errorParts, MAX_CAUSES, stackOf } from '../../src/codec/values/error-parts.ts';

/** Not enumerable where the language makes them. */
const HIDDEN = ['cause', 'errors', 'error', 'suppressed'];

describe('the properties of an error', () => {
  const key = fc.constantFrom(...HIDDEN, 'message', 'stack', 'name', 'type', 'type_', 'stacktrace', 'stacktrace_', 'code', '5');

  test('are written once each, hidden ones and those of its class too, but for what type, message and stack say', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(key, fc.boolean()), { selector: ([key]) => key, maxLength: 8 }),
        fc.constantFrom<unknown>('RangeError', 'Error', '', 'Named', 5),
        fc.boolean(),
        fc.boolean(),
        (own, name, hasInheritedCause, ofRecord) => {
          class RiskError extends RangeError {}
          if (hasInheritedCause) Object.defineProperty(RiskError.prototype, 'cause', { value: 'inherited', configurable: true });
          const error = new RiskError('x');
          for (const [key, isEnumerable] of own)
            Object.defineProperty(error, key, { value: key === 'name' ? name : 1, enumerable: isEnumerable, configurable: true });
          const parts = errorParts(error, ofRecord);

          const isWritten = ([key, isEnumerable]: readonly [string, boolean]) =>
            HIDDEN.includes(key) || (isEnumerable && key !== 'message' && key !== 'stack' && (key !== 'name' || name === 5));
          const wanted = own.filter(isWritten).map(([key]) => key);
          if (hasInheritedCause && !wanted.includes('cause')) wanted.push('cause');
          expect(parts.map(({ key }) => key).sort()).toEqual(wanted.sort());

          const names = parts.map(({ name }) => name);
          expect(new Set(names).size).toBe(names.length);
          const taken = ['type', 'message', 'stack', ...(ofRecord ? ['stacktrace'] : []), ...names];
          for (const { name, key, attribute } of parts) {
            expect(attribute).toBe(`exception.${name}`);
            expect(name).toMatch(new RegExp(`^${key}_*$`));
            // No more underscores than it needs.
            for (let shorter = key; shorter !== name; shorter += '_') expect(taken).toContain(shorter);
            expect(taken.indexOf(name)).toBeGreaterThanOrEqual(taken.length - names.length);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('are none where an error has none of its own, also where its class has some', () => {
    class Coded extends Error {}
    Object.assign(Coded.prototype, { code: 'E', errors: [1], error: 1, suppressed: 1 });
    expect(errorParts(new Coded('x'))).toEqual([]);
    expect(errorParts(Object.assign(new Error('x'), { stacktrace: 1 }))).toEqual([
      { key: 'stacktrace', name: 'stacktrace', attribute: 'exception.stacktrace' },
    ]);
    expect(errorParts(new Error('x', { cause: undefined })).map(({ key }) => key)).toEqual(['cause']);
  });

  test('that cannot be told may be read, and say what reading them throws', () => {
    const silent = new Proxy(new Error('x'), {
      ownKeys() {
        throw new Error('no');
      },
      getOwnPropertyDescriptor() {
        throw new Error('no');
      },
    });
    expect(errorParts(silent).map(({ key }) => key)).toEqual(HIDDEN);
    const nameless = Object.defineProperty(new Error('x'), 'name', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    expect(errorParts(nameless)).toEqual([]);
  });
});

describe('the chain of causes', () => {
  test('goes on to a value that is no error, to a cause that is hidden, to one that was there, or to the eighth', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.oneof(
          fc.constantFrom<unknown>(undefined, null, 'text', 0, ''),
          fc.nat(11).map((to) => ({ to })),
        ),
        fc.array(fc.boolean(), { maxLength: 10 }),
        (length, last, hidden) => {
          const isHidden = [false, ...hidden];
          const errors: Error[] = Array.from({ length }, (_, i) => new Error(String(i)));
          for (let i = 0; i + 1 < length; i++) errors[i]!.cause = errors[i + 1];
          // A circle, where it leads back into the chain.
          const isBack = typeof last === 'object' && last !== null && 'to' in last;
          const end = isBack ? errors[(last.to as number) % length] : last;
          if (end !== undefined) errors.at(-1)!.cause = end;
          const all: unknown[] = isBack || end === undefined || end === null ? errors : [...errors, end];
          const stop = all.findIndex((_, i) => isHidden[i]);
          expect(causeChain(errors[0]!, isHidden)).toEqual(all.slice(0, Math.min(MAX_CAUSES, stop < 0 ? MAX_CAUSES : stop)));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('ends at a cause that cannot be read', () => {
    const error = Object.defineProperty(new Error('x'), 'cause', {
      get() {
        throw new Error('no');
      },
    });
    expect(causeChain(error, [])).toEqual([error]);
  });
});

test('the stack is the text that it is, the error itself where there is none, and frames as V8 writes them, a hundred at most', () => {
  const withStack = (stack: unknown) => Object.assign(new RangeError('x'), { stack }) as Error;
  expect(stackOf(withStack('as it is'))).toBe('as it is');
  expect(stackOf(withStack(5))).toBe(5);
  expect(stackOf(withStack(undefined))).toBe('RangeError: x');
  expect(stackOf(withStack(['a', { toString: () => 'b' }]))).toBe('RangeError: x\n    at a\n    at b');
  expect(String(stackOf(withStack(new Array(150).fill('f')))).split('\n')).toHaveLength(101);
});
