/**
 * Wrappers of a record's values about which more is known than their key. They replace the caller's value.
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
  /** The source of its bytes; undefined: the writer that will write it. */
  readonly source: EncodedSource | undefined;

  constructor(start: number, end: number, source?: EncodedSource) {
    super();
    this.start = start;
    this.end = end;
    this.source = source;
  }
}

/** Encoded values, and the counts of the marks among them; see `marks` in value-bytes.ts. */
export interface EncodedSource {
  readonly bytes: Uint8Array;
  readonly marks: ReadonlyMap<number, number>;
}
