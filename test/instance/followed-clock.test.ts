/** In test logging, times of records and timers follow the fake clock of a test runner while there is one. */
import { mock } from 'node:test';
import { afterEach, expect, test, vi } from 'vitest';
import { LoggingTimer } from '../../src/index.ts';
import { createTestLogging } from '../../src/testing.ts';

afterEach(() => {
  vi.useRealTimers();
  mock.timers.reset();
});

const YEAR_2000 = 946_684_800_000;
const nanos = (millis: number) => BigInt(millis) * 1_000_000n;

test('vitest: records have the fake time, follow setSystemTime and advance, and are real again afterwards', () => {
  const logging = createTestLogging();
  const log = logging.getLogger('clock');
  vi.useFakeTimers({ now: YEAR_2000 });
  log.info('first');
  vi.setSystemTime(YEAR_2000 + 86_400_000);
  log.info('a day later');
  vi.advanceTimersByTime(1_500);
  log.audit('and a bit', {});
  vi.useRealTimers();
  const before = Date.now();
  log.info('real');
  expect(
    logging
      .records()
      .map(({ timeUnixNanos }) => timeUnixNanos)
      .slice(0, 2),
  ).toEqual([nanos(YEAR_2000), nanos(YEAR_2000 + 86_400_000)]);
  expect(logging.audits()[0].timeUnixNanos).toBe(nanos(YEAR_2000 + 86_401_500));
  const real = Number(logging.records()[2].timeUnixNanos) / 1e6;
  expect(real).toBeGreaterThanOrEqual(before - 2);
  expect(real).toBeLessThanOrEqual(Date.now() + 2);
});

test.each([
  ['vitest', () => vi.useFakeTimers({ now: YEAR_2000 }), (millis: number) => vi.advanceTimersByTime(millis)],
  ['node:test', () => mock.timers.enable({ apis: ['Date'], now: YEAR_2000 }), (millis: number) => mock.timers.tick(millis)],
] as const)('%s: a timer measures what the fake clock is advanced by', (_, fake, advance) => {
  const logging = createTestLogging();
  const log = logging.getLogger('clock');
  fake();
  const timer = new LoggingTimer(log, 'placed');
  const other = log.timer('cancelled');
  advance(250);
  expect(timer.elapsedUs).toBe(250_000);
  advance(50);
  expect([timer.stop(), other.stop()]).toEqual([300_000, 300_000]);
  expect(logging.histogram('placed_duration_us')).toEqual({ count: 1, sum: 300_000 });
});

test('without a fake clock a timer measures to the nanosecond', () => {
  const timer = createTestLogging().getLogger('clock').timer('placed');
  while (timer.elapsedUs < 300);
  expect(timer.stop()).toBeGreaterThanOrEqual(300);
});
