/** Asks for a receipt for each event, one wave after another, and writes the number of each that is given into a file of its own: a tracer sees in which order. */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createLogging } from '../../../src/index.ts';

const [folder = '', waves = ''] = process.argv.slice(2);
const receipts = openSync(join(folder, 'receipts'), 'a');
const logging = createLogging({
  handleExits: false,
  diagnosticLevel: 'none',
  backends: { audit: { path: join(folder, 'audit.jsonl'), rotation: 'none' } },
});
const log = logging.getLogger('orders');
await logging.ready;
let refused = 0;
for (let wave = 0; wave < Number(waves); wave++) {
  const asked = Array.from({ length: 1 + (wave % 3) }, async () => {
    try {
      const { seq } = await log.auditReceipt('placed', { wave }, 'disk');
      writeSync(receipts, `${seq}\n`);
    } catch {
      refused++;
    }
  });
  // Where every sync fails no receipt comes; the next wave is asked for all the same.
  await Promise.race([Promise.all(asked), new Promise((resolve) => setTimeout(resolve, 300))]);
}
await logging.shutdown({ timeoutMillis: 2_000 });
await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${JSON.stringify({ refused })}\n`);
process.exit();
