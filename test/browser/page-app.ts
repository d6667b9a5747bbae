/**
 * An application with a live page, in a process of its own: its parent tells it what to do.
 */
import { createLogging } from '../../src/index.ts';

export type Order =
  | {
      readonly do: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields?: object;
    }
  | { readonly do: 'audit'; readonly event: string; readonly fields: object }
  /** Logs a message each 100 ms from a loop that never turns. */
  | { readonly do: 'block'; readonly millis: number; readonly message: string }
  | { readonly do: 'measure'; readonly name?: string; readonly value: number }
  | { readonly do: 'is-enabled'; readonly logger: string; readonly level: 'debug' };

const [token, directory] = process.argv.slice(2);
const logging = createLogging({
  service: { name: 'gateway' },
  level: 'info',
  levels: { 'exchange.*': 'debug' },
  diagnosticLevel: 'none',
  page: { port: Number(process.env.PAGE_PORT), token },
  backends: {
    memory: { enabled: true },
    audit: { enabled: true, path: `${directory}/audit.jsonl` },
    // Nothing listens there.
    otlp: { enabled: true, endpoint: 'http://127.0.0.1:9' },
    histogram: { enabled: true, percentiles: [50, 99], windowMillis: 10_000 },
  },
});
const log = logging.getExchangeLogger('mexc', 'orders');
await logging.ready;

process.on('message', (order: Order) => {
  switch (order.do) {
    case 'log':
      log[order.level](order.message, order.fields ?? {});
      break;
    case 'audit':
      log.audit(order.event, order.fields);
      break;
    case 'measure':
      log.metric(order.name ?? 'ack_duration_us', order.value, { stage: 'ack' });
      log.counter('orders_placed', 1);
      break;
    case 'block': {
      const end = Date.now() + order.millis;
      let next = 0;
      while (Date.now() < end) {
        if (Date.now() < next) continue;
        log.info(order.message);
        next = Date.now() + 100;
      }
      break;
    }
    case 'is-enabled':
      process.send!({ isEnabled: logging.getLogger(order.logger).isEnabled(order.level) });
  }
});
process.on('disconnect', () => process.exit(0));
process.send!('ready');
