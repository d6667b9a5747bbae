/**
 * Copies of the audit trail's checkpoints for a collector, as audit records of their own: a copy on another host cannot be removed from this one.
 *
 * They go straight to the destinations, have no number and count as no records: they are no events of the application, and the file's events are numbered without a
 * gap.
 */

import { DictionaryWriter } from '../../codec/dictionary/dictionary-writer.ts';
import { bodyAndAttributes } from '../../codec/encode/call-shape.ts';
import { MAX_RECORD_BYTES, RecordEncoder } from '../../codec/encode/record-encoder.ts';
import { levelBits } from '../../codec/head-word.ts';
import { DICTIONARY_CONTROL_BYTES, DICTIONARY_FORMAT } from '../../codec/layout.ts';
import type { Destination } from '../../delivery/destination.ts';
import type { WallClock } from '../../encoders/encoder.ts';
import { allocatorOf, SHARED_MEMORY } from '../../memory/allocator.ts';
import { openBlock } from '../../memory/block.ts';
import type { ProducerMemory } from '../../memory/producer-memory.ts';
import { LaneSource, ONE_DESTINATION } from '../../read/lane-source.ts';
import { AUDIT_RANK, LANE_FACTS, LEVELS, type Scope } from '../../record.ts';
import { NO_REDACTION } from '../../redaction/redaction.ts';
import { CONTROL_BYTES, FORMAT_VERSION } from '../../ring/layout.ts';
import { RingWriter } from '../../ring/writer.ts';
import { readClock } from '../../time/clock.ts';

export const CHECKPOINT_EVENT = 'hft.audit.checkpoint';

/** Of checkpoints, for routes that name loggers. */
export const AUDIT_SCOPE: Scope = { name: 'hft.audit', tags: [], attributes: {} };

const ID = 'audit-checkpoints';
const RING_BYTES = MAX_RECORD_BYTES * 16;
/** It is part of no trace. */
const NO_TRACE = new Int32Array(8);

/** The encoder counts up from here, to 0: an audit record of that number is shown without one (codec/decode.ts). */
const BEFORE_UNNUMBERED = -1;

export class CheckpointCopies {
  readonly #to: readonly Destination[];
  #hasNew = false;
  /** Read and counted up by this thread alone: it need not be shared. */
  readonly #number = new Int32Array(1);
  readonly #encoder: RecordEncoder;
  readonly #source: LaneSource;

  constructor(to: readonly Destination[], clock: WallClock) {
    this.#to = to;
    const allocator = allocatorOf(SHARED_MEMORY);
    const lane = {
      ring: allocator.allocate({
        kind: 'ring',
        format: FORMAT_VERSION,
        bytes: CONTROL_BYTES + RING_BYTES,
        owner: ID,
        lane: 'audit',
      }).descriptor,
      dictionary: allocator.allocate({
        kind: 'dictionary',
        format: DICTIONARY_FORMAT,
        bytes: DICTIONARY_CONTROL_BYTES,
        owner: ID,
        lane: 'audit',
      }).descriptor,
    };
    const memory: ProducerMemory = { id: ID, logs: lane, audit: lane, series: [] };
    this.#encoder = new RecordEncoder({
      ring: new RingWriter(openBlock(lane.ring).memory, {
        shares: LEVELS.map(() => 1),
        wakeUnits: Number.MAX_SAFE_INTEGER,
        onBatch: () => {},
        whenFull: LANE_FACTS.audit.whenFull,
      }),
      dictionary: new DictionaryWriter(openBlock(lane.dictionary).memory),
      redaction: NO_REDACTION,
      readClock,
      trace: NO_TRACE,
      onTurn: () => {},
      sharedSequence: { words: this.#number, index: 0 },
    });
    this.#source = new LaneSource(memory, 'audit', ONE_DESTINATION, clock, Number.POSITIVE_INFINITY, { holdsRecords: false });
  }

  send(note: string, size: number): void {
    if (this.#to.length === 0) return;
    this.#hasNew = true;
    this.#number[0] = BEFORE_UNNUMBERED;
    this.#encoder.encodeOpen(bodyAndAttributes(CHECKPOINT_EVENT, { checkpoint: note, size }), levelBits(AUDIT_RANK), AUDIT_SCOPE);
    const source = this.#source;
    while (source.scan() > 0) {
      for (const destination of this.#to) if (source.count > 0) destination.deliver(source, source.frames, source.count);
      source.release();
    }
    for (const destination of this.#to) destination.kick();
  }

  /** Whether copies were sent since this was asked last. */
  takeNew(): boolean {
    const hasNew = this.#hasNew;
    this.#hasNew = false;
    return hasNew;
  }
}
