/**
 * Who reads along, on a console or through a bridge, reads what happened in the order in which it happened: audit events stand between the log lines around
 * them, although each lane has a ring of its own.
 */
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';

test('log records and audit events of one batch come in the order of their calls', { timeout: 30_000 }, async () => {
  const bridged: string[] = [];
  const logging = createLogging({
    environment: 'development',
    handleExits: false,
    flushIntervalMillis: 60_000,
    backends: { memory: {}, bridge: { target: ({ body }) => void bridged.push(String(body)), level: 'info' } },
  });
  const logger = logging.getLogger('gateway');
  await logging.ready;
  const said: string[] = [];
  for (let order = 0; order < 200; order++) {
    logger.info(`order ${order} is placed`);
    logger.debug(`order ${order} has been encoded`);
    logger.audit(`order_${order}_placed`, { order });
    said.push(`order ${order} is placed`, `order ${order} has been encoded`, `order_${order}_placed`);
    if (order % 3 === 0) {
      logger.audit(`order_${order}_filled`, { order });
      said.push(`order_${order}_filled`);
    }
  }
  await logging.shutdown();
  expect(logging.memory.map(({ body }) => body)).toEqual(said);
  expect(bridged).toEqual(said.filter((text) => !text.includes('encoded')));
  expect(logging.health().backends.memory).toMatchObject({ taken: said.length, delivered: said.length });
});
