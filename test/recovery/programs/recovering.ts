/** The next start of the same service: recovers what it finds, says when it is done, and ends. */
import { join } from 'node:path';
import { configureLogging } from '../../../src/index.ts';

const { folder, directory } = JSON.parse(process.argv[2]!) as { folder: string; directory: string };
const logging = configureLogging({
  service: { name: 'killed' },
  diagnosticLevel: 'none',
  persistence: { enabled: true, directory },
  backends: {
    file: { path: join(folder, 'app.jsonl'), format: 'json', level: 'trace' },
    audit: { path: join(folder, 'audit.jsonl'), rotation: 'none' },
  },
});
await logging.ready;
process.stdout.write('ready\n');
await logging.recovered;
const { complete } = await logging.shutdown();
process.stdout.write(`${JSON.stringify({ complete, ...logging.health().memory.recovered })}\n`);
