/**
 * The one way to an audit line: a frame in a ring, and the encoder of JSON lines. The worker encodes the frames of all rings so; this is the same for a thread
 * that reads a ring by itself: the rescue, and a caller whose event the full lane has refused.
 */
import { threadId } from 'node:worker_threads';
import type { RefusedAudit } from '../caller/producer.ts';
import { traceBits, traceWords } from '../caller/trace-context.ts';
import { DictionaryWriter } from '../codec/dictionary/dictionary-writer.ts';
import { bodyAndAttributes } from '../codec/encode/call-shape.ts';
import { MAX_RECORD_BYTES, RecordEncoder } from '../codec/encode/record-encoder.ts';
import { levelBits } from '../codec/head-word.ts';
import { DICTIONARY_CONTROL_BYTES, DICTIONARY_FORMAT } from '../codec/layout.ts';
import type { Output } from '../encoders/encoder.ts';
import { JsonLinesEncoder } from '../encoders/json/lines.ts';
import type { Allocator } from '../memory/allocator.ts';
import { type Block, openBlock } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { RUN_AUDIT_SEQUENCE } from '../memory/run.ts';
import { unixNanos } from '../memory/unix-time.ts';
import { LaneSource, ONE_DESTINATION } from '../read/lane-source.ts';
import { AUDIT_RANK, LANE_FACTS } from '../record.ts';
import type { Redaction } from '../redaction/redaction.ts';
import { CONTROL_BYTES, FORMAT_VERSION } from '../ring/layout.ts';
import { RingWriter } from '../ring/writer.ts';
import { readClock } from '../time/clock.ts';

const FIRST_OUTPUT_BYTES = 65_536;
/** More than the lines of one look at a ring (256 KiB of frames), even if every character is escaped. */
const MOST_OUTPUT_BYTES = 4_194_304;

/** A ring takes frames of an eighth of itself, and a frame is somewhat longer than its record's own bytes. */
const RING_BYTES = MAX_RECORD_BYTES * 16;

/** No definitions: scopes travel in the frames. */
const DICTIONARY = { kind: 'dictionary', format: DICTIONARY_FORMAT, bytes: DICTIONARY_CONTROL_BYTES } as const;

/** Lines of one ring's audit frames. */
export class RingLines {
  readonly #source: LaneSource;
  readonly #process: Block;
  readonly #encoder: JsonLinesEncoder;
  readonly #clock = { offsetNanos: 0n };
  #output = outputOf(FIRST_OUTPUT_BYTES);

  /** `run`: the `service.instance.id` in whose count the events are. `process`: the run of this process, whose worker's clock dates the lines. */
  constructor(memory: ProducerMemory, process: Block, run: string, sequenceOf?: (low: number) => number) {
    this.#process = process;
    this.#source = new LaneSource(memory, 'audit', ONE_DESTINATION, this.#clock, Number.POSITIVE_INFINITY);
    const { attributeLimit, tracker } = this.#source;
    const context = { lane: 'audit', clock: this.#clock, attributeLimit, sequenceOf: sequenceOf ?? tracker.full } as const;
    this.#encoder = new JsonLinesEncoder(this.#source, context, run);
  }

  /** Lines of frames in the ring, oldest first; undefined when there are none. `bytes` are valid until the next call; `release` takes them out of the ring. */
  next(): { readonly bytes: Uint8Array; readonly records: number } | undefined {
    const source = this.#source;
    this.#clock.offsetNanos = unixNanos(this.#process) - readClock();
    while (source.scan() > 0) {
      if (source.count > 0) return { bytes: this.#encode(), records: source.count };
      source.release(); // a turn of the dictionary alone
    }
    return undefined;
  }

  /** The lines of `next` are written. */
  release(): void {
    this.#source.release();
  }

  #encode(): Uint8Array {
    const { frames, count } = this.#source;
    for (;;) {
      this.#output.position = 0;
      if (this.#encoder.encode(frames, 0, count, this.#output) === count)
        return this.#output.bytes.subarray(0, this.#output.position);
      if (this.#output.limit >= MOST_OUTPUT_BYTES) throw new Error(`audit lines of more than ${MOST_OUTPUT_BYTES} bytes`);
      this.#output = outputOf(this.#output.limit * 2);
    }
  }
}

/** Of this thread. */
let made = 0;

/** Lines of events that a full lane has refused, by way of a small ring of the thread's own: values, limits, redaction and trace are those of every record. */
export class EventLines {
  readonly #encoder: RecordEncoder;
  readonly #lines: RingLines;

  constructor(allocator: Allocator, process: Block, redaction: Redaction, run: string) {
    const id = `${threadId}-written-through-${++made}`;
    const of = { owner: id, lane: 'audit' } as const;
    const lane = {
      ring: allocator.allocate({ kind: 'ring', format: FORMAT_VERSION, bytes: CONTROL_BYTES + RING_BYTES, ...of }).descriptor,
      dictionary: allocator.allocate({ ...DICTIONARY, ...of }).descriptor,
    };
    // The other lane is not used.
    const memory: ProducerMemory = { id, logs: lane, audit: lane, series: [] };
    this.#encoder = new RecordEncoder({
      ring: new RingWriter(openBlock(memory.audit.ring).memory, {
        shares: [1, 1, 1, 1],
        wakeUnits: Number.MAX_SAFE_INTEGER,
        onBatch: () => {},
        whenFull: LANE_FACTS.audit.whenFull,
      }),
      dictionary: new DictionaryWriter(openBlock(memory.audit.dictionary!).memory),
      redaction,
      readClock,
      trace: traceWords,
      onTurn: () => {},
      sharedSequence: { words: process.words, index: RUN_AUDIT_SEQUENCE },
    });
    this.#lines = new RingLines(memory, process, run, (low) => low >>> 0);
  }

  /** Low 32 bits of the number of the event written last. */
  get lastNumber(): number {
    return this.#encoder.lastNumber;
  }

  /**
   * Writes the event's line, with the next number of the instance's count. The event stays in the ring until it is written: a process that is killed in between
   * leaves it to a recovery.
   */
  writeLine<T>({ event, data, scope }: RefusedAudit, write: (line: Uint8Array) => T): T {
    this.#encoder.encodeOpen(bodyAndAttributes(event, data), levelBits(AUDIT_RANK) | traceBits(), scope);
    try {
      const line = this.#lines.next();
      if (line === undefined || line.records !== 1) throw new Error('the event has become no line');
      return write(line.bytes);
    } finally {
      this.#lines.release();
    }
  }
}

function outputOf(bytes: number): Output {
  const memory = new Uint8Array(bytes);
  return { bytes: memory, view: new DataView(memory.buffer), position: 0, limit: bytes };
}
