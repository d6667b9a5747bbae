/**
 * Values of a record about which more is known than their key: they stand in place of the value that a caller has given.
 */
import type { Place } from '../../redaction/redaction.ts';

export abstract class Prepared {
  readonly #isPrepared = true;

  /** Asks no proxy. */
  static is(value: unknown): value is Placed | Encoded {
    return typeof value === 'object' && value !== null && #isPrepared in value && value.#isPrepared;
  }
}

/** A value that is judged by another place than that of the key it is written under. */
export class Placed extends Prepared {
  readonly value: unknown;
  readonly place: Place;
  /** Errors whose stacks the record has already: they are written without. */
  readonly stacksSaid: readonly unknown[];

  constructor(value: unknown, place: Place, stacksSaid: readonly unknown[]) {
    super();
    this.value = value;
    this.place = place;
    this.stacksSaid = stacksSaid;
  }
}

/** A value that has been encoded already. Code of its user has run for it, and must not run again. */
export class Encoded extends Prepared {
  readonly start: number;
  readonly end: number;
  /** Where its bytes stand; undefined: in the writer that is to write it. */
  readonly source: EncodedSource | undefined;

  constructor(start: number, end: number, source?: EncodedSource) {
    super();
    this.start = start;
    this.end = end;
    this.source = source;
  }
}

/** Encoded values, and what the marks among them stand for; see `marks` in value-bytes.ts. */
export interface EncodedSource {
  readonly bytes: Uint8Array;
  readonly marks: ReadonlyMap<number, number>;
}
