/**
 * Audit numbers that a call had taken when its process was killed, before its event was whole. The call had not returned, so such an event was not accepted. An
 * event that states this takes its number: a gap would look as if an event had been removed.
 */
import { DictionaryWriter } from '../codec/dictionary/dictionary-writer.ts';
import { bodyAndAttributes } from '../codec/encode/call-shape.ts';
import { RecordEncoder } from '../codec/encode/record-encoder.ts';
import { levelBits } from '../codec/head-word.ts';
import { DICTIONARY_CONTROL_BYTES, DICTIONARY_FORMAT } from '../codec/layout.ts';
import { allocatorOf, SHARED_MEMORY } from '../memory/allocator.ts';
import { openBlock } from '../memory/block.ts';
import { type ProducerMemory, withoutRings } from '../memory/producer-memory.ts';
import { AUDIT_RANK, LANE_FACTS, LEVELS, type Scope, VOID_EVENT } from '../record.ts';
import { NO_REDACTION } from '../redaction/redaction.ts';
import { CONTROL_BYTES, FORMAT_VERSION } from '../ring/layout.ts';
import { RingWriter } from '../ring/writer.ts';

const RING_BYTES = 65_536;

/** An audit lane that holds one event for each number. `readClock`: by the dead run's clock. `scope`: of the events. */
export function voidEvents(
  id: string,
  numbers: readonly number[],
  { readClock, scope }: { readonly readClock: () => bigint; readonly scope: Scope },
): ProducerMemory {
  const allocator = allocatorOf(SHARED_MEMORY);
  const ring = allocator.allocate({ kind: 'ring', format: FORMAT_VERSION, bytes: CONTROL_BYTES + RING_BYTES }).descriptor;
  const dictionary = allocator.allocate({
    kind: 'dictionary',
    format: DICTIONARY_FORMAT,
    bytes: DICTIONARY_CONTROL_BYTES,
  }).descriptor;
  const last = new Int32Array(1);
  const writer = new RingWriter(openBlock(ring).memory, {
    shares: LEVELS.map(() => 1),
    wakeUnits: Number.MAX_SAFE_INTEGER,
    onBatch: () => {},
    whenFull: LANE_FACTS.audit.whenFull,
  });
  const encoder = new RecordEncoder({
    ring: writer,
    dictionary: new DictionaryWriter(openBlock(dictionary).memory),
    redaction: NO_REDACTION,
    readClock,
    trace: new Int32Array(6),
    onTurn: () => {},
    sharedSequence: { words: last, index: 0 },
  });
  for (const number of numbers) {
    last[0] = number - 1;
    const reason = 'the process was killed while this event was being recorded: it was not accepted';
    encoder.encodeOpen(bodyAndAttributes(VOID_EVENT, { reason }), levelBits(AUDIT_RANK), scope);
  }
  writer.close();
  return { ...withoutRings(id), audit: { ring, dictionary } };
}
