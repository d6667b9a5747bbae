/** The next start of the same service: recovers what it finds, says when it is done, and ends. */
import { configureLogging } from '../../../src/index.ts';
import { backendsOf } from './backends.ts';
import type { KilledOptions } from './killed.ts';

const options = JSON.parse(process.argv[2]!) as Pick<KilledOptions, 'folder' | 'directory' | 'rotateBytes' | 'endpoint'>;
const logging = configureLogging({
  service: { name: 'killed' },
  diagnosticLevel: 'none',
  persistence: { enabled: true, directory: options.directory },
  backends: backendsOf(options),
});
await logging.ready;
process.stdout.write('ready\n');
await logging.recovered;
const { complete } = await logging.shutdown();
process.stdout.write(`${JSON.stringify({ complete, ...logging.health().memory.recovered })}\n`);
