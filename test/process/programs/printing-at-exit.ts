/** Prints more with `process.stdout` than its reader has taken, logs so many lines to the console, and exits before its worker has begun. */
import { writeSync } from 'node:fs';
import { createLogging } from '../../../src/index.ts';

const { lines } = JSON.parse(process.argv[2]!) as { lines: number };
const logging = createLogging({
  environment: 'development',
  diagnosticLevel: 'none',
  exitTimeoutMillis: 10_000,
  backends: { console: { structured: true } },
});
process.stdout.write(`${'printed '.repeat(500_000)}\n`);
for (let i = 1; i <= lines; i++) logging.getLogger('app').info('tick', { i });
writeSync(2, 'read now\n');
process.exit(3);
