/**
 * How to migrate from pino in two steps. You can stop after either step.
 *
 *   node examples/pino-migration.ts
 */
import { configureLogging } from 'hft-otel';
import { pino, pinoDestination } from 'hft-otel/pino';
import realPino from 'pino';

await using _ = configureLogging({ backends: { console: {} } });

/** Code of the application that logs. It does not change. */
function trade(logger: realPino.Logger): void {
  const child = logger.child({ account: 'A1' });
  child.info({ symbol: 'BTCUSDT', qty: 0.5 }, 'order placed');
  child.error({ err: new Error('rejected'), card: { number: '4111' } }, 'order failed');
}

const options = { name: 'gateway', redact: ['card.number'] };

// Before: pino(options). First step: keep pino, and deliver its records as configureLogging says.
trade(realPino(options, pinoDestination()));

// Second step: replace pino by the facade. A call then costs less than a tenth.
trade(pino(options));
