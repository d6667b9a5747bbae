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
  readonly stacksSaid: ReadonlySet<unknown>;

  constructor(value: unknown, place: Place, stacksSaid: ReadonlySet<unknown>) {
    super();
    this.value = value;
    this.place = place;
    this.stacksSaid = stacksSaid;
  }
}

/** A value that has been encoded already: where its bytes stand in the writer that is to write it. Code of its user has run for it, and must not run again. */
export class Encoded extends Prepared {
  readonly start: number;
  readonly end: number;

  constructor(start: number, end: number) {
    super();
    this.start = start;
    this.end = end;
  }
}
