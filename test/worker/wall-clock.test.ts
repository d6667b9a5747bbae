import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnchoredClock } from '../../src/worker/wall-clock.ts';

const MILLI = 1_000_000n;

/** A monotonic clock that moves on by half a microsecond at each look, and a wall clock beside it that can be stepped. */
function clocks() {
  let nanos = 5_000_000_000n;
  let offset = 1_764_000_000_000n * MILLI;
  return {
    monotonic: () => {
      nanos += 500n;
      return nanos;
    },
    wallMillis: () => Number((nanos + offset) / MILLI),
    pass: (millis: number) => {
      nanos += BigInt(Math.round(millis * 1e6));
    },
    step: (millis: number) => {
      offset += BigInt(millis) * MILLI;
    },
    get now() {
      return nanos;
    },
    get offset() {
      return offset;
    },
  };
}

const distance = (left: bigint, right: bigint) => (left > right ? left - right : right - left);

test('a wall clock that is stepped, forwards or backwards, is followed within a second, to the microsecond', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ step: fc.integer({ min: -100_000_000, max: 100_000_000 }), pass: fc.integer({ min: 1_000, max: 3_000 }) }),
      ),
      (steps) => {
        const time = clocks();
        const clock = new AnchoredClock(time.monotonic, time.wallMillis, undefined, time.pass);
        expect(distance(clock.offsetNanos, time.offset)).toBeLessThan(2_000n);
        for (const { step, pass } of steps) {
          time.step(step);
          time.pass(pass);
          clock.refresh();
          expect(distance(clock.offsetNanos, time.offset)).toBeLessThan(2_000n);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('a wall clock that stands still holds nobody up', () => {
  let looks = 0n;
  const clock = new AnchoredClock(
    () => ++looks,
    () => 1_764_000_000_000,
  );
  expect(looks).toBeLessThan(1_000_000n);
  expect(distance(clock.offsetNanos, 1_764_000_000_000n * MILLI)).toBeLessThan(MILLI);
});

test('a tick that was seen late is not taken for exact: the next one is waited for', () => {
  const time = clocks();
  let isArmed = true;
  const wallMillis = () => {
    const millis = time.wallMillis();
    const intoMilli = Number((time.now + time.offset) % MILLI);
    if (isArmed && intoMilli > 998_000) {
      isArmed = false;
      time.pass(7.3); // the thread loses its core just before the tick
    }
    return millis;
  };
  const clock = new AnchoredClock(time.monotonic, wallMillis, undefined, time.pass);
  for (let i = 0; i < 20; i++) {
    expect(isArmed).toBe(false);
    expect(distance(clock.offsetNanos, time.offset)).toBeLessThan(2_000n);
    isArmed = true;
    time.pass(1_000);
    clock.refresh();
  }
});

test('the thread sleeps until shortly before the tick, and a sleep that takes too long costs a tick, not exactness', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 20 }), (lateMicros) => {
      const time = clocks();
      let late = 0;
      const clock = new AnchoredClock(time.monotonic, time.wallMillis, undefined, (millis) => time.pass(millis + late));
      for (const micros of lateMicros) {
        time.pass(1_000.37);
        late = micros / 1_000;
        const from = time.now;
        clock.refresh();
        expect(distance(clock.offsetNanos, time.offset)).toBeLessThan(2_000n);
        // At most the sleep and, if it has gone past the tick, the next millisecond.
        expect(Number(time.now - from)).toBeLessThan((2.1 + late) * 1e6);
      }
    }),
  );
});
