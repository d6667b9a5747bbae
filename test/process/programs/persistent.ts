/** Logs into memory that outlives it, says what that is, and ends as it is told. */
import { join } from 'node:path';
import { configureLogging, getLogger } from '../../../src/index.ts';

const [folder, ending] = process.argv.slice(2) as [string, string];
const logging = configureLogging({
  service: { name: 'persistent' },
  diagnosticLevel: 'none',
  persistence: { enabled: true, directory: join(folder, 'runs') },
  backends: { file: { path: join(folder, 'app.jsonl'), format: 'json' } },
});
console.log(JSON.stringify(logging.health().memory));
getLogger('a').info('x');
if (ending === 'shutdown') await logging.shutdown();
if (ending === 'exit') process.exit(0);
if (ending === 'throw') throw new Error('asked for');
