// A service as users write one, in a process of its own: logs, audits and counts at a rate, says what it has done and what health() says of it.
// The order comes as its argument (service.ts beside this folder), commands come over the channel to its parent.

import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createLogging, type HFTLogger } from '../../../src/index.ts';
import type { Answer, Command, ServiceOrder } from '../service.ts';
import { orderData, orderEvent, orderLog } from './orders.ts';

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const order = JSON.parse(process.argv[2]!) as ServiceOrder;
const logging = createLogging(order.config);
const loggers = [
  logging.getExchangeLogger('binance', 'spot.rest'),
  logging.getExchangeLogger('kraken', 'spot.ws'),
  logging.getStrategyLogger('maker', ['binance', 'spot', 'ws', 'maker']),
];
const [binance] = loggers as [HFTLogger];

let logs = 0;
let audits = 0;
let stopped = false;
const started = performance.now();
const ticking = setInterval(produce, order.tickMillis ?? 5);

/** A service that waits leaves the rest of its ring free: debug records are dropped once half of it is used. */
const MOST_RING_FILL = 0.25;
/** Such a service makes no more than this at once, some 150 KB: what is due after a pause of its thread may be more than a ring holds. */
const MOST_AT_ONCE = 500;

/** As many as are due by now. Where the order says so, no more than the pipeline has room for: such a service loses nothing. */
function produce(): void {
  const room = order.maxPending === undefined ? Number.POSITIVE_INFINITY : roomFor(order.maxPending);
  const elapsedSeconds = (performance.now() - started) / 1000;
  const due = (perSecond: number, done: number, most = Number.POSITIVE_INFINITY) =>
    Math.max(0, Math.min(Math.floor(elapsedSeconds * perSecond), done + room, most) - done);
  for (let left = due(order.logsPerSecond, logs, order.logs); left > 0; left--) log(++logs);
  for (let left = due(order.auditsPerSecond, audits, order.audits); left > 0; left--) {
    audits++;
    binance.audit(orderEvent(audits), orderData(audits));
  }
  if (logs === order.logs && audits === order.audits) stop();
}

function log(number: number): void {
  const { level, message, fields, span } = orderLog(number);
  const logger = loggers[number % loggers.length];
  if (span === undefined) logger[level](message, fields);
  else context.with(trace.setSpanContext(ROOT_CONTEXT, { ...span, traceFlags: 1 }), () => logger[level](message, fields));
  logger.counter('orders_placed_total', 1, { exchange: number % 3 === 1 ? 'kraken' : 'binance', level });
  logger.metric('order_placement_duration_us', order.placementMicros ?? number % 1000, { exchange: 'binance' });
}

function roomFor(maxPending: number): number {
  const { lanes, backends } = logging.health();
  if (lanes.logs.ringFill > MOST_RING_FILL) return 0;
  const pending = lanes.logs.pending + lanes.audit.pending + backends.otlp!.pending;
  return Math.min(MOST_AT_ONCE, maxPending - pending);
}

function stop(): void {
  if (stopped) return;
  stopped = true;
  clearInterval(ticking);
  say({ type: 'stopped', logs, audits });
}

function say(answer: Answer): void {
  process.send!(answer);
}

// Its parent has died: nobody is left to answer to.
process.on('disconnect', () => process.exit());
process.on('message', async (command: Command) => {
  switch (command) {
    case 'stop':
      stop();
      break;
    case 'health':
      say({ type: 'health', health: logging.health() });
      break;
    case 'die':
      logging.getLogger('killer').info('die');
      break;
    case 'close': {
      stop();
      await logging.shutdown({ timeoutMillis: 20_000 });
      say({ type: 'health', health: logging.health() });
      process.disconnect();
    }
  }
});
