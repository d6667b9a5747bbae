/**
 * From pino, in two steps that each stand alone.
 *
 *   node examples/pino-migration.ts
 */
import { configureLogging } from 'hft-otel';
import { type PinoLogger, pino, pinoDestination } from 'hft-otel/pino';
import realPino from 'pino';

await using _ = configureLogging({ backends: { console: {} } });

/** What a program does with its logger: nothing in it changes. */
function trade(logger: realPino.Logger | PinoLogger): void {
  const child = logger.child({ account: 'A1' });
  child.info({ symbol: 'BTCUSDT', qty: 0.5 }, 'order placed');
  child.error({ err: new Error('rejected'), card: { number: '4111' } }, 'order failed');
}

const options = { name: 'gateway', redact: ['card.number'] };

// Before: pino(options). First step: pino stays, and its records go where configureLogging says.
trade(realPino(options, pinoDestination()));

// Second step: ours in its place, at a twentieth of the cost of a call.
trade(pino(options));
