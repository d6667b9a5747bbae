import { describe, expect, test, vi } from 'vitest';
import { LoggingTimer } from '../../src/caller/timer.ts';
import type { Fields, Tags } from '../../src/record.ts';

interface Host {
  readonly recorded: [name: string, us: number, tags: Tags | undefined][];
  readonly errors: [message: string, fields: Fields | undefined][];
  metric(name: string, value: number, tags?: Tags): void;
  error(message: string, fields?: Fields): void;
}

/** A logger with the public methods alone, as a test of an application may write it. */
function host(): Host {
  const recorded: Host['recorded'] = [];
  const errors: Host['errors'] = [];
  return {
    recorded,
    errors,
    metric: (name, us, tags) => void recorded.push([name, us, tags]),
    error: (message, fields) => void errors.push([message, fields]),
  };
}

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

describe('a timer', () => {
  test('records once, as a histogram in microseconds, whatever is called how often', async () => {
    const logger = host();
    const timer = new LoggingTimer(logger, 'rest_request', { exchange: 'mexc' });
    expect(timer.elapsedUs).toBeGreaterThanOrEqual(0);
    await sleep(20);
    const running = timer.elapsedUs;
    const us = timer.stop();
    expect(us).toBeGreaterThanOrEqual(running);
    expect(us).toBeGreaterThan(19_000);
    expect(us).toBeLessThan(2_000_000);
    await sleep(5);
    expect([timer.stop(), timer.stop(new Error('too late')), timer.elapsedUs]).toEqual([us, us, us]);
    timer[Symbol.dispose]();
    expect(logger.recorded).toEqual([['rest_request_duration_us', us, { exchange: 'mexc' }]]);
    expect(logger.errors).toEqual([]);
  });

  test('agrees with the clock', () => {
    const timer = new LoggingTimer(host(), 'x');
    const start = process.hrtime.bigint();
    while (process.hrtime.bigint() - start < 3_000_000n);
    const us = timer.stop();
    expect(us).toBeGreaterThanOrEqual(3000);
    expect(us).toBeLessThan(300_000);
  });

  test('a `using` scope records when it is left, also by an error', () => {
    const logger = host();
    const leave = () => {
      using timer = new LoggingTimer(logger, 'step');
      expect(timer.elapsedUs).toBeGreaterThanOrEqual(0);
      throw new Error('left');
    };
    expect(leave).toThrow('left');
    expect(logger.recorded.map(([name]) => name)).toEqual(['step_duration_us']);
    expect(logger.errors).toEqual([]);
  });

  test('stopped with an error it also logs the failure with its duration and tags', () => {
    const logger = host();
    const error = new Error('refused');
    const us = new LoggingTimer(logger, 'order_placement', { exchange: 'mexc' }).stop(error);
    expect(logger.errors).toEqual([['order_placement failed', { exchange: 'mexc', duration_us: us, error }]]);
    expect(logger.recorded).toHaveLength(1);
  });

  test('run answers what the operation answers and records when it has ended', async () => {
    const logger = host();
    expect(new LoggingTimer(logger, 'sync').run(() => 7)).toBe(7);
    expect(logger.recorded).toHaveLength(1);
    const promise = new LoggingTimer(logger, 'async').run(async () => {
      await sleep(10);
      return 'done';
    });
    expect(logger.recorded).toHaveLength(1);
    expect(await promise).toBe('done');
    expect(logger.recorded[1]![0]).toBe('async_duration_us');
    expect(logger.recorded[1]![1]).toBeGreaterThan(9_000);
    // biome-ignore lint/suspicious/noThenProperty: a promise that is not a Promise is what is tested
    const thenable = { then: (settle: (value: number) => void) => settle(3) } as PromiseLike<number>;
    expect(await new LoggingTimer(logger, 'thenable').run(() => thenable)).toBe(3);
  });

  test('run logs a failure once and throws the very same value on', async () => {
    const logger = host();
    const error = new Error('no');
    const caught = (run: () => unknown) => {
      try {
        return run();
      } catch (thrown) {
        return thrown;
      }
    };
    expect(
      caught(() =>
        new LoggingTimer(logger, 'sync').run(() => {
          throw error;
        }),
      ),
    ).toBe(error);
    expect(await new LoggingTimer(logger, 'async').run(() => Promise.reject(error)).catch((thrown: unknown) => thrown)).toBe(
      error,
    );
    expect(
      await new LoggingTimer(logger, 'nothing')
        .run(() => Promise.reject(undefined))
        .catch((thrown: unknown) => thrown ?? 'undefined'),
    ).toBe('undefined');
    expect(logger.errors.map(([message]) => message)).toEqual(['sync failed', 'async failed', 'nothing failed']);
    expect(logger.recorded).toHaveLength(3);
  });

  test('a failure that its caller does not wait for stays the caller’s: no rejection of our own', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const logger = host();
    await new LoggingTimer(logger, 'x').run(() => Promise.reject(new Error('handled'))).catch(() => {});
    await sleep(5);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('tags that cannot be spread do not keep the failure from being logged', () => {
    const logger = host();
    const tags = new Proxy({} as Tags, {
      ownKeys: () => {
        throw new Error('trap');
      },
    });
    new LoggingTimer(logger, 'x', tags).stop(new Error('no'));
    expect(logger.errors.map(([message]) => message)).toEqual(['x failed']);
  });

  test('a logger with a shorter way is asked for it', () => {
    const recordDurationUs = vi.fn();
    const us = new LoggingTimer({ ...host(), recordDurationUs }, 'x', { a: 'b' }).stop();
    expect(recordDurationUs).toHaveBeenCalledExactlyOnceWith('x', us, { a: 'b' });
  });
});
