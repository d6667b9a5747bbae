/**
 * One lane without a worker: the real ring, dictionary and encoder of a caller, and a reader that gives back what came through.
 */

import { decodeFrame } from '../../src/codec/decode.ts';
import { DictionaryReader } from '../../src/codec/dictionary/dictionary-reader.ts';
import { DictionaryWriter } from '../../src/codec/dictionary/dictionary-writer.ts';
import { lossMark } from '../../src/codec/encode/loss-mark.ts';
import { RecordEncoder } from '../../src/codec/encode/record-encoder.ts';
import { kindOf, unitsOf } from '../../src/codec/frames.ts';
import { levelBits, scopeBits } from '../../src/codec/head-word.ts';
import { DICTIONARY_CONTROL_BYTES, KIND_PAD, KIND_TURN } from '../../src/codec/layout.ts';
import type { LogRecordData } from '../../src/contract/backend.ts';
import { SequenceTracker } from '../../src/read/sequence.ts';
import type { Scope } from '../../src/record.ts';
import { rankOfLevel } from '../../src/record.ts';
import { NO_REDACTION, type Redaction } from '../../src/redaction/redaction.ts';
import { CONTROL_BYTES } from '../../src/ring/layout.ts';
import { RingReader } from '../../src/ring/reader.ts';
import { RingWriter } from '../../src/ring/writer.ts';
import { readClock } from '../../src/time/clock.ts';

export const TEST_SCOPE: Scope = { name: 'test.scope', tags: ['test'], attributes: { component: 'test' } };

export interface LaneOptions {
  readonly ringBytes?: number;
  readonly dictionaryBytes?: number;
  readonly redaction?: Redaction;
  readonly shares?: readonly number[];
}

export class TestLane {
  readonly ringMemory: SharedArrayBuffer;
  readonly dictionaryMemory: SharedArrayBuffer;
  readonly ring: RingWriter;
  readonly encoder: RecordEncoder;
  readonly trace = new Int32Array(6);
  reader: RingReader;
  definitions: DictionaryReader;
  readonly #tracker = new SequenceTracker();
  #scope = 0;
  turns = 0;

  constructor({ ringBytes = 1 << 20, dictionaryBytes = 1 << 18, redaction, shares = [1, 1, 1, 1] }: LaneOptions = {}) {
    this.ringMemory = new SharedArrayBuffer(CONTROL_BYTES + ringBytes);
    this.dictionaryMemory = new SharedArrayBuffer(DICTIONARY_CONTROL_BYTES + dictionaryBytes);
    const ring: RingWriter = new RingWriter(this.ringMemory, {
      shares,
      wakeUnits: 1 << 20,
      onBatch: () => {},
      whenFull: 'drop',
      loss: lossMark(() => ring, readClock),
    });
    this.ring = ring;
    this.encoder = new RecordEncoder({
      ring,
      dictionary: new DictionaryWriter(this.dictionaryMemory),
      redaction: redaction ?? NO_REDACTION,
      readClock,
      trace: this.trace,
      onTurn: () => {
        this.turns++;
        this.#scope = 0;
      },
    });
    this.reader = new RingReader(this.ringMemory);
    this.definitions = new DictionaryReader(this.dictionaryMemory, this.reader.half);
  }

  /** What a level method does, by the general way in. */
  log(message: unknown, fields?: unknown, rank = rankOfLevel('info'), bits = 0): void {
    if (this.#scope === 0) this.#scope = this.encoder.defineScope(TEST_SCOPE);
    const head = scopeBits(this.#scope) | levelBits(rank) | bits;
    const shape = typeof message === 'string' ? this.encoder.messages.get(message) : undefined;
    try {
      if (shape?.write(fields as object, head, message as string)) return;
    } catch {}
    if (this.#scope === 0) this.encoder.encodeOpen({ body: message, attributes: fields as object }, head, TEST_SCOPE);
    else this.encoder.encode(message, fields, head, shape);
  }

  /** Everything committed and not read yet. */
  drain(): LogRecordData[] {
    const records: LogRecordData[] = [];
    const { reader, definitions } = this;
    const views = { words: reader.words, doubles: reader.doubles, nanos: reader.nanos, bytes: reader.bytes, definitions };
    const sequenceOf = this.#tracker.full;
    const context = { lane: 'logs' as const, offsetNanos: 0n, sequenceOf, attributeLimit: Number.POSITIVE_INFINITY };
    let at = reader.position;
    const head = reader.peek();
    while (at !== head) {
      if (at === reader.capacity || kindOf(reader.words, at) === KIND_PAD) {
        at = 0;
        continue;
      }
      if (kindOf(reader.words, at) === KIND_TURN) definitions.turn();
      else records.push(decodeFrame(views, at, context));
      at += unitsOf(reader.words, at);
    }
    reader.release(at, definitions.half, records.length);
    return records;
  }

  /** A new reader on the same memory, as after the death of a worker. */
  replaceReader(): void {
    this.reader = new RingReader(this.ringMemory);
    this.definitions = new DictionaryReader(this.dictionaryMemory, this.reader.half);
  }
}
