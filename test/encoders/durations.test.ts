import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationName, durationText } from '../../src/encoders/durations.ts';

const NANOS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const TEN_YEARS = 10 * 365 * 86_400e9;

/** What a text says, in nanoseconds. */
function read(text: string): number {
  const [, sign, hours = '0', minutes = '0', number, unit] = /^(-?)(?:(\d+)h)?(?:(\d+)m(?=\d))?([\d.]+)(ns|µs|ms|s)$/.exec(text)!;
  const nanos = (Number(hours) * 3600 + Number(minutes) * 60) * 1e9 + Number(number) * NANOS[unit.replace('µ', 'u') as 'us'];
  return sign === '-' ? -nanos : nanos;
}

describe('a duration for people', () => {
  test('says the time that it is made of, to four digits or to the second', () => {
    const nanos = fc
      .tuple(fc.double({ min: 0, max: 17.4, noNaN: true }), fc.boolean())
      .map(([power, isNegative]) => 10 ** power * (isNegative ? -1 : 1));
    fc.assert(
      fc.property(nanos, (value) => {
        const text = durationText(value)!;
        const most = Math.abs(value) < 60e9 ? Math.abs(value) * 0.000_501 : 0.501e9;
        expect(Math.abs(read(text) - value), `${value} as ${text}`).toBeLessThanOrEqual(most);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [0, '0ns'],
    [999.9, '999.9ns'],
    [1e3, '1µs'],
    [999_900, '999.9µs'],
    [1e6, '1ms'],
    [999.9e6, '999.9ms'],
    [1e9, '1s'],
    [59.99e9, '59.99s'],
    [60e9, '1m00s'],
    [-61e9, '-1m01s'],
    [3_599.4e9, '59m59s'],
    [3_599.5e9, '1h00m00s'],
    [7_384e9, '2h03m04s'],
    [-7_384e9, '-2h03m04s'],
    [TEN_YEARS - 1e9, '87599h59m59s'],
    [TEN_YEARS, undefined],
    [-TEN_YEARS, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])('%d ns is %s', (nanos, text) => expect(durationText(nanos)).toBe(text));
});

describe('a field is a duration by its name', () => {
  const label = fc.stringMatching(/^[a-z][a-z_]{0,9}[a-z]$/).filter((word) => !word.endsWith('per'));

  test('with any label before a unit below a second', () => {
    const suffix = fc.constantFrom<[string, number]>(
      ['_ns', 1],
      ['_us', 1e3],
      ['_ms', 1e6],
      ['Nanos', 1],
      ['Micros', 1e3],
      ['Millis', 1e6],
      ['Ns', 1],
      ['Us', 1e3],
      ['Ms', 1e6],
    );
    fc.assert(
      fc.property(label, suffix, (word, [unit, nanosPerUnit]) => {
        expect(durationName(word + unit)).toEqual({ label: word, nanosPerUnit });
      }),
    );
  });

  test('with the word for a time before a unit of seconds', () => {
    const word = fc.constantFrom('duration', 'elapsed', 'latency', 'delay', 'timeout', 'interval', 'uptime', 'age', 'ttl');
    fc.assert(
      fc.property(label, word, fc.constantFrom('_s', '_seconds', 'S', 'Seconds'), (before, time, unit) => {
        expect(durationName(`${before}_${time}${unit}`)).toEqual({ label: `${before}_${time}`, nanosPerUnit: 1e9 });
        expect(durationName(`${before}x${unit}`)).toBeUndefined();
      }),
    );
  });

  test.each(['_ns', 'ms', 'Millis', 'ITEMS', 'A_BMs', 'us_x', 'latency', 'ms_per_ms', 'orders_PER_ms', 'PERMs', 'x9PerMs'])(
    '%s is none',
    (name) => expect(durationName(name)).toBeUndefined(),
  );
});
