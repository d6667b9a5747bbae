/**
 * Exemplars of a histogram: for each of its explicit buckets the last measurement that was made inside a sampled span, with the ids of trace and span, so that
 * one comes from a slow bucket to a request that was slow. Memory for them is taken when the first one comes; see `layout.ts`.
 *
 * A slot is more than one store. Its sequence is odd while it is written: a reader that meets that, or a sequence that has moved, reads again, and leaves the slot
 * out when that does not help.
 */
import {
  EXEMPLAR_HEADER_UNITS,
  EXEMPLAR_SPAN_UNIT,
  EXEMPLAR_TIME_UNIT,
  EXEMPLAR_TRACE_UNIT,
  EXEMPLAR_UNITS,
  EXEMPLAR_VALUE_UNIT,
} from './layout.ts';

/** Words of a trace id and a span id. */
const ID_WORDS = 6;

/** Readings of a slot that is being written: a write takes some nanoseconds, unless its thread is suspended. */
const MAX_TRIES = 4;

export interface Exemplar {
  /** Index of its bucket among the explicit ones; the last one has no upper bound. */
  readonly bucket: number;
  readonly value: number;
  /** Unix milliseconds of the measurement. */
  readonly timeMillis: number;
  /** Lower-case hexadecimal digits; both are absent for a measurement outside of a span. */
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Context of a measurement. */
export interface ExemplarContext {
  readonly timeMillis: number;
  /** Trace id and span id, six i32. Undefined: outside of a span. */
  readonly ids: Int32Array | undefined;
}

/** Units of an entry with slots for so many buckets. */
export function exemplarEntryUnits(buckets: number): number {
  return EXEMPLAR_HEADER_UNITS + buckets * EXEMPLAR_UNITS;
}

/** Index of the explicit bucket that a value falls in. */
export function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= bounds[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The slots of one series: written by its thread, read by the collector. */
export class ExemplarSlots {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Buffer;
  readonly #unit: number;
  readonly #count: number;

  /** @param unit first unit of the entry */
  constructor(words: Int32Array, doubles: Float64Array, unit: number, count: number) {
    this.#words = words;
    this.#doubles = doubles;
    this.#bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    this.#unit = unit + EXEMPLAR_HEADER_UNITS;
    this.#count = count;
  }

  write(bucket: number, value: number, { timeMillis, ids }: ExemplarContext): void {
    const unit = this.#unit + bucket * EXEMPLAR_UNITS;
    const words = this.#words;
    // Additions order what comes before and after them, on every machine.
    Atomics.add(words, unit * 2, 1);
    words[unit * 2 + 1] = ids === undefined ? 0 : 1;
    this.#doubles[unit + EXEMPLAR_VALUE_UNIT] = value;
    this.#doubles[unit + EXEMPLAR_TIME_UNIT] = timeMillis;
    if (ids !== undefined) for (let i = 0; i < ID_WORDS; i++) words[(unit + EXEMPLAR_TRACE_UNIT) * 2 + i] = ids[i]!;
    Atomics.add(words, unit * 2, 1);
  }

  read(): Exemplar[] {
    const exemplars: Exemplar[] = [];
    for (let bucket = 0; bucket < this.#count; bucket++) {
      const exemplar = this.#readSlot(bucket);
      if (exemplar !== undefined) exemplars.push(exemplar);
    }
    return exemplars;
  }

  #readSlot(bucket: number): Exemplar | undefined {
    const unit = this.#unit + bucket * EXEMPLAR_UNITS;
    const words = this.#words;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const sequence = Atomics.load(words, unit * 2);
      if (sequence === 0) return undefined;
      if ((sequence & 1) !== 0) continue;
      const exemplar = {
        bucket,
        value: this.#doubles[unit + EXEMPLAR_VALUE_UNIT]!,
        timeMillis: this.#doubles[unit + EXEMPLAR_TIME_UNIT]!,
        ...(words[unit * 2 + 1] === 1 && {
          traceId: this.#hex(unit + EXEMPLAR_TRACE_UNIT, unit + EXEMPLAR_SPAN_UNIT),
          spanId: this.#hex(unit + EXEMPLAR_SPAN_UNIT, unit + EXEMPLAR_UNITS),
        }),
      };
      if (Atomics.load(words, unit * 2) === sequence) return exemplar;
    }
    return undefined;
  }

  #hex(from: number, to: number): string {
    return this.#bytes.toString('hex', from * 8, to * 8);
  }
}

/** The context that an exemplar was read with, for a table that is made from others. */
export function contextOf({ timeMillis, traceId, spanId }: Exemplar): ExemplarContext {
  if (traceId === undefined || spanId === undefined) return { timeMillis, ids: undefined };
  const ids = new Int32Array(ID_WORDS);
  Buffer.from(ids.buffer).write(traceId + spanId, 'hex');
  return { timeMillis, ids };
}
