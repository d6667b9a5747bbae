import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { monotonicMillis } from '../../src/time/clock.ts';
import { Deadline, TIMED_OUT } from '../../src/time/deadline.ts';
import { ManualTimers } from '../outbox/manual-timers.ts';

const sharedWord = () => new Int32Array(new SharedArrayBuffer(4));
const never = new Promise<never>(() => {});

describe('a deadline', () => {
  test.each([
    [Number.NaN, 0],
    [-5, 0],
    [0.2, 1],
    [250, 250],
    [Number.POSITIVE_INFINITY, 2 ** 30],
    [2 ** 40, 2 ** 30],
  ])('of %d ms is %d ms away', (millis, left) => {
    expect(Deadline.in(millis, new ManualTimers()).left).toBe(left);
  });

  test('is over when its time has come, and says how much is left until then', async () => {
    const timers = new ManualTimers();
    const deadline = Deadline.in(100, timers);
    await timers.advance(60);
    expect([deadline.left, deadline.isOver]).toEqual([40, false]);
    await timers.advance(60);
    expect([deadline.left, deadline.isOver]).toEqual([0, true]);
  });

  test('is the same for another thread that reads it from a word, whatever the clock says, to a millisecond', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 43, noNaN: true }), fc.integer({ min: 0, max: 2 ** 29 }), (now, millis) => {
        const timers = { ...new ManualTimers(), setTimeout: () => 0, clearTimeout: () => {}, now: () => 0, monotonic: () => now };
        const read = Deadline.ofWord(Deadline.in(millis, timers).word, timers)!;
        // Late in the life of the clock its own steps are larger.
        expect(Math.abs(read.left - millis)).toBeLessThanOrEqual(2 + now * 2 * Number.EPSILON);
      }),
    );
    expect(Deadline.ofWord(0)).toBeUndefined();
  });
});

describe('waiting for a promise', () => {
  test('gives what it settles with, or says that the deadline came first', async () => {
    const timers = new ManualTimers();
    const deadline = Deadline.in(100, timers);
    expect(await deadline.race(Promise.resolve('here'))).toBe('here');
    await expect(deadline.race(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    const late = deadline.race(never);
    await timers.advance(100);
    expect(await late).toBe(TIMED_OUT);
  });

  test('leaves no timer behind', async () => {
    const timers = new ManualTimers();
    await Deadline.in(100, timers).race(Promise.resolve());
    expect(timers.pending).toBe(0);
  });

  test('an action that throws is told as a text, one that succeeds as undefined', async () => {
    const deadline = Deadline.in(1_000);
    expect(
      await deadline.run(() => {
        throw new Error('broken');
      }),
    ).toBe('broken');
    expect(await deadline.run(async () => {})).toBeUndefined();
  });

  test('a pause ends at the deadline', async () => {
    const timers = new ManualTimers();
    let isOver = false;
    const pausing = Deadline.in(100, timers).pause(5_000);
    void pausing.then(() => {
      isOver = true;
    });
    await timers.advance(99);
    expect(isOver).toBe(false);
    await timers.advance(1);
    await pausing;
  });
});

describe('waiting for a word in shared memory', () => {
  test('ends when the word has what is waited for, also if that came between two looks', async () => {
    for (let round = 0; round < 200; round++) {
      const words = sharedWord();
      const waiting = Deadline.in(60_000).sleep(words, 0, () => Atomics.load(words, 0) === 3);
      for (let value = 1; value <= 3; value++) {
        if (round % 2 === 0) await Promise.resolve();
        Atomics.store(words, 0, value);
        Atomics.notify(words, 0);
      }
      expect(await waiting).toBe(true);
    }
  });

  test('ends at the deadline, and when waiting is of no use any more', async () => {
    const words = sharedWord();
    const started = monotonicMillis();
    expect(await Deadline.in(30).sleep(words, 0, () => false)).toBe(false);
    // A timer counts from the time that its loop has last looked at the clock, and so ends a little early.
    expect(monotonicMillis() - started).toBeGreaterThanOrEqual(20);
    let isUseless = false;
    const waiting = Deadline.in(60_000).sleep(
      words,
      0,
      () => false,
      () => isUseless,
    );
    await sleep(5);
    isUseless = true;
    Atomics.notify(words, 0);
    expect(await waiting).toBe(false);
  });

  test('asleep: the same, looking up in slices', () => {
    const words = sharedWord();
    let looks = 0;
    const waitFor = (millis: number, goesOn: () => boolean) =>
      Deadline.in(millis).sleepSync(
        words,
        0,
        () => false,
        5,
        () => ++looks > 0 && goesOn(),
      );
    expect(waitFor(40, () => true)).toBe(false);
    looks = 0;
    expect(waitFor(60_000, () => looks < 3)).toBe(false);
    expect(looks).toBe(3);
    expect(
      Deadline.in(0).sleepSync(
        words,
        0,
        () => true,
        5,
        () => false,
      ),
    ).toBe(true);
  });
});
