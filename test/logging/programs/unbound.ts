/** Hands on methods by themselves, in the ways that happen, and prints what arrived. */
import { EventEmitter } from 'node:events';
import { createLogging, getLogger } from '../../../src/index.ts';

const logging = createLogging({ environment: 'test', backends: { memory: {} } });
const logger = logging.getLogger('feed');
await Promise.reject(new TypeError('no price')).catch(logger.error);
new EventEmitter().on('error', logger.warning).emit('error', new Error('feed lost'));
const { info, debug, audit } = logger;
info('order placed', { qty: 1 });
debug.call(undefined as never, 'order placed', { qty: 2 });
audit('order_placed', { qty: 3 });
getLogger('before any configuration').error.call(undefined as never, 'goes nowhere, and does not throw');
logger.info('with its logger');
await logging.shutdown();
const seen = logging.memory.map(({ lane, level, loggerName, body, attributes }) => ({
  lane,
  level,
  loggerName,
  body,
  what: attributes['exception.type'] ?? attributes.qty,
}));
console.log(JSON.stringify(seen));
