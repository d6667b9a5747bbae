/** The producer of two-threads.test.ts: the real writer and encoder, on a ring that the test reads. */

import { parentPort, workerData } from 'node:worker_threads';
import { DictionaryWriter } from '../../src/codec/dictionary/dictionary-writer.ts';
import { WRITTEN } from '../../src/codec/encode/outcome.ts';
import { RecordEncoder } from '../../src/codec/encode/record-encoder.ts';
import { levelBits, SCOPE_SHIFT } from '../../src/codec/head-word.ts';
import { LEVELS, rankOfLevel } from '../../src/record.ts';
import { NO_REDACTION } from '../../src/redaction/redaction.ts';
import { RingWriter } from '../../src/ring/writer.ts';
import { readClock } from '../../src/time/clock.ts';

const {
  ring: memory,
  dictionary,
  records,
} = workerData as { ring: SharedArrayBuffer; dictionary: SharedArrayBuffer; records: number };
const ring = new RingWriter(memory, { shares: LEVELS.map(() => 1), wakeUnits: 64, onBatch: () => {}, whenFull: 'refuse' });
const encoder = new RecordEncoder({
  ring,
  dictionary: new DictionaryWriter(dictionary),
  redaction: NO_REDACTION,
  readClock,
  trace: new Int32Array(6),
  onTurn: () => {},
});
const head = (encoder.defineScope({ name: 't', tags: [], attributes: {} }) << SCOPE_SHIFT) | levelBits(rankOfLevel('info'));
// Enters the dictionary without a record of its own: a refused ring takes nothing.
for (let i = 1; i <= records; ) {
  const fields = { price: i + 0.5, double: 2 * i + 1 };
  const shape = encoder.messages.get('tick');
  const outcome = shape?.write(fields, head, 'tick') || encoder.encode('tick', fields, head, shape);
  if (outcome === WRITTEN) i++;
}
parentPort!.postMessage('done');
