/** Logs, and configures anew before the destination has answered; the second configuration delivers everything of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { configureLogging, getLogger, type LoggingConfig } from '../../../src/index.ts';

export interface ReplacedOptions {
  readonly first: LoggingConfig;
  readonly second: LoggingConfig;
  readonly records: number;
}

const { first, second, records }: ReplacedOptions = JSON.parse(process.argv[2]!);

process.on('warning', ({ message }) => console.log(message));
const replaced = configureLogging(first);
for (let n = 0; n < records; n++) getLogger('gateway').info('quote', { n });
// Those that no backend has taken yet would be the second one's.
while (replaced.health().backends.otlp.taken < records) await sleep(5);
configureLogging(second);
getLogger('gateway').info('of the second', { n: records });
// The first one's shutdown keeps the process until it is over.
