/** Appends to the spool in a folder until it is killed, and prints how many records were acknowledged. */
import { Spool } from '../../../src/spool/spool.ts';
import { entryOf } from '../support.ts';

const [folder] = process.argv.slice(2);
const spool = await Spool.open({
  folder,
  maxBytes: 1024 * 1024 * 1024,
  segmentBytes: 20_000,
  dropsOldest: true,
  syncs: false,
  onLost: () => {},
  onWarning: () => {},
});
for (let records = 0; ; records += 7) {
  await spool.append(entryOf(records, 7, 100));
  process.stdout.write(`${records + 7}\n`);
}
