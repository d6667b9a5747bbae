import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { localSeconds, utcOffset } from '../../src/encoders/local-time.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const two = (value: number) => `0${value}`.slice(-2);

test('the local time of day, with the date where it is asked for, each number with its zeros', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
      (date) => {
        const seconds = Math.floor(date.getTime() / 1000);
        const at = new Date(seconds * 1000);
        const [hours, minutes, rest] = [at.getHours(), at.getMinutes(), at.getSeconds()];
        const time = `${two(hours)}:${two(minutes)}:${two(rest)}`;
        const day = `${`000${at.getFullYear()}`.slice(-4)}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
        expect([localSeconds(seconds, false), localSeconds(seconds, true)]).toEqual([time, `${day} ${time}`]);
      },
    ),
  );
});

describe('the offset from UTC', () => {
  test.each([
    [0, '+00:00'],
    [-60, '+01:00'],
    [-345, '+05:45'],
    [-840, '+14:00'],
    [1, '-00:01'],
    [210, '-03:30'],
    [720, '-12:00'],
  ])('of a zone that is %d minutes behind is %s', (minutes, text) => {
    vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(minutes);
    expect(utcOffset(1_700_000_000)).toBe(text);
  });
});
