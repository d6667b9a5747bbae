/** A start of the program `away.ts` with other backends: recovers what it finds, writes what `health()` says, and ends. */
import { createLogging } from '../../../src/index.ts';

const { directory, backends } = JSON.parse(process.argv[2]!);
const logging = createLogging({
  service: { name: 'away', instanceId: 'away-2' },
  diagnosticLevel: 'none',
  persistence: { enabled: true, directory },
  backends,
});
await logging.recovered;
await logging.shutdown();
const { memory, warnings } = logging.health();
process.stdout.write(JSON.stringify({ undeliverable: memory.recovered.undeliverable, warnings }));
