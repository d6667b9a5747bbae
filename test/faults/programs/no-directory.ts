/**
 * Logs with the configuration that is given as JSON, into a file beside it, and prints what its user is told. Arguments: configuration, path of the file, what a
 * warning has to say before it ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogging, type LoggingConfig } from '../../../src/index.ts';

const [text, path, awaited] = process.argv.slice(2);
const config = JSON.parse(text) as LoggingConfig;
const logging = createLogging({
  diagnosticLevel: 'none',
  exitTimeoutMillis: 60_000,
  ...config,
  backends: { file: { path }, ...config.backends },
});
await logging.ready;
logging.getLogger('a').info('tick', { n: 1 });
await logging.flush({ timeoutMillis: 60_000 });
// The control socket is opened behind the first records.
while (awaited !== undefined && !logging.health().warnings.join().includes(awaited)) await sleep(10);
await logging.shutdown({ timeoutMillis: 60_000 });
console.log(JSON.stringify(logging.health().warnings));
