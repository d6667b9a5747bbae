/**
 * Frames written by hand, after codec/layout.ts, into memory like a ring's: what encoders read, without the machinery that normally writes
 * it. Definitions go through the real dictionary.
 */
import { DictionaryReader } from '../../src/codec/dictionary/dictionary-reader.ts';
import { DictionaryWriter } from '../../src/codec/dictionary/dictionary-writer.ts';
import { LEVEL_SHIFT, levelBits, SAMPLED_BIT, SCOPE_SHIFT, TRACE_BIT, UNITS_MASK } from '../../src/codec/head-word.ts';
import {
  ENTRY_SCOPE,
  ENTRY_SHAPE,
  ENTRY_TEXT,
  extraTagUnits,
  HEADER_UNITS,
  KIND_LOSS,
  KIND_OBJECT,
  LOSS_UNITS,
  lossWord,
  TAG_FALSE,
  TAG_NULL,
  TAG_NUMBER,
  TAG_REDACTED,
  TAG_TEXT,
  TAG_TEXT_ID,
  TAG_TRUE,
  TAG_UNDEFINED,
  TAG_VALUE,
  TRACE_UNITS,
} from '../../src/codec/layout.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
import type { FrameSource } from '../../src/encoders/encoder.ts';
import { LOSS_REASONS, type LossReason } from '../../src/health/counters.ts';
import { LANES, type Lane, type Scope } from '../../src/record.ts';

/** A field's value that travels as the id of a definition. */
export class Interned {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Bytes that travel as an inline text, whatever they are. */
export class RawText {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** An encoded value (codec/values/value.ts), given as its bytes. */
export class RawValue {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A field whose value was redacted. */
export const REDACTED = Symbol('redacted');

export interface FrameTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

export interface FrameRecord {
  readonly scope: number;
  readonly levelRank: number;
  readonly message: string;
  /** The message travels in slot 0 in place of the shape. */
  readonly inlineMessage?: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Clock reading, before the wall clock's offset. */
  readonly nanos: bigint;
  readonly sequence: number;
  readonly trace?: FrameTrace;
}

export interface LossRecord {
  readonly nanos: bigint;
  readonly firstSequence: number;
  readonly droppedByLevel: readonly number[];
  /** Default: the ring was full. */
  readonly reason?: LossReason;
  /** Of the lost records. Default: logs. */
  readonly lane?: Lane;
  /** Default: 0. */
  readonly levelRank?: number;
}

/** Filler of everything that a frame does not define, so that an encoder which reads padding is found out. */
const FILLER = 0xf1;

export class FrameBuilder {
  readonly source: FrameSource;
  /** Unit offsets of the frames so far. */
  readonly offsets: number[] = [];
  readonly #view: DataView;
  readonly #dictionary: DictionaryWriter;
  readonly #definitions: DictionaryReader;
  readonly #ids = new Map<string, number>();
  #unit = 0;

  constructor(ringBytes = 1 << 20, dictionaryBytes = 1 << 20) {
    const memory = new SharedArrayBuffer(ringBytes);
    const dictionaryMemory = new SharedArrayBuffer(dictionaryBytes);
    new Uint8Array(memory).fill(FILLER);
    this.#view = new DataView(memory);
    this.#dictionary = new DictionaryWriter(dictionaryMemory);
    this.#definitions = new DictionaryReader(dictionaryMemory, 0);
    this.source = {
      words: new Int32Array(memory),
      doubles: new Float64Array(memory),
      nanos: new BigInt64Array(memory),
      bytes: new Uint8Array(memory),
      definitions: this.#definitions,
    };
  }

  /** All frames so far, as the drain would list them. */
  get frames(): Int32Array {
    return Int32Array.from(this.offsets);
  }

  /** Ids get new meanings, as after a TURN frame. */
  turn(): void {
    this.#dictionary.turn();
    this.#definitions.turn();
    this.#ids.clear();
  }

  scope(scope: Scope): number {
    return this.#define(ENTRY_SCOPE, scope);
  }

  /** Appends a shaped frame; returns its unit offset. */
  record(record: FrameRecord): number {
    const keys = Object.keys(record.fields);
    const shape = this.#define(ENTRY_SHAPE, [record.inlineMessage ? null : record.message, ...keys]);
    const values: unknown[] = keys.map((key) => record.fields[key]);
    if (record.inlineMessage) values.unshift(new RawText(Buffer.from(record.message)));

    const start = this.#unit;
    const slots = start + HEADER_UNITS + extraTagUnits(values.length);
    let end = slots + values.length;
    const tags: number[] = [];
    values.forEach((value, i) => {
      const at = (slots + i) * 8;
      if (typeof value === 'number') {
        tags.push(TAG_NUMBER);
        this.#view.setFloat64(at, value, true);
      } else if (value instanceof Interned) {
        tags.push(TAG_TEXT_ID);
        this.#view.setInt32(at, this.#define(ENTRY_TEXT, value.text), true);
      } else if (typeof value === 'string' || value instanceof RawText) {
        tags.push(TAG_TEXT);
        end = this.#inline(at, end, typeof value === 'string' ? Buffer.from(value) : value.bytes);
      } else if (value === true) tags.push(TAG_TRUE);
      else if (value === false) tags.push(TAG_FALSE);
      else if (value === null) tags.push(TAG_NULL);
      else if (value === undefined) tags.push(TAG_UNDEFINED);
      else if (value === REDACTED) tags.push(TAG_REDACTED);
      else {
        tags.push(TAG_VALUE);
        end = this.#inline(at, end, value instanceof RawValue ? value.bytes : encoded(value));
      }
    });
    tags.forEach((tag, i) => {
      const at = start * 8 + 20 + (i >> 3) * 4;
      const others = i % 8 === 0 ? 0 : this.#view.getInt32(at, true);
      this.#view.setInt32(at, others | (tag << ((i % 8) * 4)), true);
    });
    if (record.trace !== undefined) end = this.#trace(end, record.trace);
    const flags = record.trace === undefined ? 0 : TRACE_BIT | (record.trace.sampled ? SAMPLED_BIT : 0);
    if (end - start > UNITS_MASK) throw new Error(`A shaped frame has at most ${UNITS_MASK} units, not ${end - start}.`);
    return this.#header(
      (end - start) | (record.levelRank << LEVEL_SHIFT) | flags | (record.scope << SCOPE_SHIFT),
      shape,
      record,
      end,
    );
  }

  /** Appends an OBJECT frame whose value is `parts`, the array of OBJECT_* elements. */
  object(scope: number, levelRank: number, nanos: bigint, sequence: number, parts: readonly unknown[]): number {
    const bytes = encoded(parts);
    const start = this.#unit;
    const end = this.#inline((start + 3) * 8, start + 4, bytes);
    const units = end - start;
    this.#view.setInt32((start + 2) * 8 + 4, units, true);
    const shortUnits = units > UNITS_MASK ? 0 : units;
    return this.#header(shortUnits | (levelRank << LEVEL_SHIFT) | (scope << SCOPE_SHIFT), KIND_OBJECT, { nanos, sequence }, end);
  }

  /** Appends a LOSS frame. */
  loss(record: LossRecord): number {
    const start = this.#unit;
    record.droppedByLevel.forEach((count, rank) => {
      this.#view.setFloat64((start + 3 + rank) * 8, count, true);
    });
    const [lane, reason] = [LANES.indexOf(record.lane ?? 'logs'), LOSS_REASONS.indexOf(record.reason ?? 'ring_full')];
    this.#view.setInt32(start * 8 + 20, lossWord(lane, reason), true);
    return this.#header(
      LOSS_UNITS | levelBits(record.levelRank ?? 0),
      KIND_LOSS,
      { nanos: record.nanos, sequence: record.firstSequence },
      start + LOSS_UNITS,
    );
  }

  #header(head: number, kind: number, { nanos, sequence }: { nanos: bigint; sequence: number }, end: number): number {
    const start = this.#unit;
    this.#view.setInt32(start * 8, head, true);
    this.#view.setInt32(start * 8 + 4, kind, true);
    this.#view.setBigInt64(start * 8 + 8, nanos, true);
    this.#view.setInt32(start * 8 + 16, sequence | 0, true);
    this.#unit = end;
    this.offsets.push(start);
    return start;
  }

  /** Puts bytes at unit `end`, their length into the slot; returns the unit behind them. */
  #inline(slotByte: number, end: number, bytes: Uint8Array): number {
    this.#view.setInt32(slotByte, bytes.length, true);
    this.source.bytes.set(bytes, end * 8);
    return end + ((bytes.length + 7) >> 3);
  }

  #trace(end: number, trace: FrameTrace): number {
    this.source.bytes.set(Buffer.from(trace.traceId + trace.spanId, 'hex'), end * 8);
    return end + TRACE_UNITS;
  }

  #define(kind: number, content: unknown): number {
    const bytes = kind === ENTRY_TEXT ? Buffer.from(content as string) : encoded(content);
    const key = `${kind}:${bytes.toString('latin1')}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#dictionary.define(kind, bytes);
    if (id < 0) throw new Error('The dictionary of this fixture is full: give it more bytes.');
    this.#ids.set(key, id);
    return id;
  }
}

function encoded(value: unknown): Buffer {
  const writer = new ValueWriter();
  writer.begin(1 << 24);
  writer.value(value);
  return Buffer.from(writer.bytes.subarray(0, writer.position));
}
