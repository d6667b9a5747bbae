import { deepStrictEqual } from 'node:assert';
import { expect, test } from 'vitest';
import { createTestLogging } from '../../src/testing.ts';

test('records of a test compare strictly with literals, at every depth and whatever their keys', () => {
  const logging = createTestLogging();
  const order = { symbol: 'BTCUSDT', legs: [{ qty: 1, raw: new Uint8Array([1, 2]) }], ['__proto__']: { of: 'data' } };
  logging.getLogger('strategy').info('order placed', order);
  logging.getLogger('strategy').audit('order_placed', { symbol: 'BTCUSDT' });
  const [{ attributes }] = logging.records();
  deepStrictEqual(attributes, { component: 'strategy', ...order });
  deepStrictEqual(logging.audits()[0].attributes, {
    component: 'strategy',
    symbol: 'BTCUSDT',
    'event.name': 'order_placed',
    'hft.audit': true,
    'hft.audit.seq': 1,
  });
});

test('records that were read stay what they were', () => {
  const logging = createTestLogging();
  const log = logging.getLogger('strategy');
  log.info('first');
  const read = logging.records();
  log.info('second');
  logging.records();
  logging.clear();
  expect(read.map(({ body }) => body)).toEqual(['first']);
});
