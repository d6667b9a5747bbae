/**
 * What compiles and what must not: `npm run typecheck` holds it, and the calls are made.
 */
import { expect, test } from 'vitest';
import { ConfigError, configureLogging, type Fields, type HFTLogger, LoggingTimer, type Tags } from '../../src/index.ts';
import { createTestLogging } from '../../src/testing.ts';

interface Order {
  readonly id: number;
  readonly symbol: string;
}
interface Labels {
  readonly exchange: string;
  readonly side?: 'buy' | 'sell';
}
class Position {
  readonly symbol = 'BTCUSDT';
  get half(): number {
    return 1;
  }
  close(): void {}
}

test('what a catch gives, errors first, interfaces, class instances and optional keys compile', () => {
  const logging = createTestLogging();
  const log: HFTLogger = logging.getLogger('types');
  const order: Order = { id: 1, symbol: 'BTCUSDT' };
  const labels: Labels = { exchange: 'mexc' };
  try {
    throw new Error('x');
  } catch (e) {
    log.error('x', e);
    log.error(e);
    log.error(e, order);
    log.error({ e }, 'x');
    log.fatal('x', e, order);
  }
  log.info('order', order);
  log.info('position', new Position());
  log.withContext(order).info('child');
  log.audit('placed', order);
  log.counter('orders_total', 1, labels);
  log.counter('positions_total', 1, new Position());
  log.metric('price', 1, { exchange: 'mexc', side: undefined });
  log.timer('rest', labels).stop();
  new LoggingTimer(log, 'rest', { exchange: 'mexc' }).stop();
  log.bindCounter('bound_total', labels).add(1);
  log.isEnabled('warn');
  expect(logging.records().length + logging.audits().length).toBe(9);
  expect(logging.counter('orders_total', { exchange: 'mexc' })).toBe(1);
});

test('a logger of one’s own still needs no more than the methods with their old types', () => {
  class Quiet implements Pick<HFTLogger, 'info' | 'error' | 'counter' | 'audit' | 'withContext'> {
    info(_message: string, _fields?: Fields): void {}
    error(_message: string, _fields?: Fields | Error): void {}
    counter(_name: string, _value?: number, _tags?: Tags): void {}
    audit(_event: string, _data: Fields): void {}
    withContext(_fields: Fields): HFTLogger {
      return this as never;
    }
  }
  expect(new Quiet().info('x')).toBeUndefined();
});

test('mistakes do not compile', () => {
  const log: HFTLogger = createTestLogging().getLogger('types');
  const wrong: (() => unknown)[] = [
    // @ts-expect-error a misspelt backend
    () => configureLogging({ backends: { consle: {} } }),
    // @ts-expect-error no message at all
    () => log.info(),
    // @ts-expect-error a level that is none
    () => log.isEnabled('loud'),
    // @ts-expect-error a metric without its value
    () => log.metric('price', { exchange: 'mexc' }),
    // @ts-expect-error a tag that is an object
    () => log.counter('orders_total', 1, { exchange: { name: 'mexc' } }),
    // @ts-expect-error a context that is a text
    () => log.withContext('mexc'),
  ];
  expect(wrong[0]).toThrow(ConfigError);
  for (const call of wrong.slice(1)) call(); // and no logger throws
  // Backends of one's own compile.
  expect(() =>
    configureLogging({ backends: { mine: { module: new URL('file:///nowhere/none.js'), enabled: false } } }),
  ).not.toThrow(TypeError);
});
