/**
 * Who reads along, on a console or through a bridge, reads what happened in the order in which it happened: audit events stand between the log lines around
 * them, although each lane has a ring of its own.
 */
import { expect, test } from 'vitest';
import { configureLogging, getLogger } from '../../src/index.ts';

test('log records and audit events of one batch come in the order of their calls', { timeout: 90_000 }, async () => {
  // Written before there is a configuration: all of it stands in the rings when the worker looks at them.
  const logger = getLogger('gateway');
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
  const bridged: string[] = [];
  const logging = configureLogging({
    environment: 'development',
    handleExits: false,
    backends: { memory: {}, bridge: { target: ({ body }) => void bridged.push(String(body)), level: 'info' } },
  });
  await logging.shutdown({ timeoutMillis: 60_000 });
  expect(logging.memory.map(({ body }) => body)).toEqual(said);
  expect(bridged).toEqual(said.filter((text) => !text.includes('encoded')));
  expect(logging.health().backends.memory).toMatchObject({ taken: said.length, delivered: said.length });
});
