/**
 * A value of a record with what is known about it beside its key.
 */
import type { Place } from '../../redaction/redaction.ts';

/** A value that is judged by another place than that of the key it is written under. */
export class Placed {
  readonly #value: unknown;
  readonly place: Place;
  /** Errors whose stacks the record has already: they are written without. */
  readonly stacksSaid: ReadonlySet<unknown>;

  constructor(value: unknown, place: Place, stacksSaid: ReadonlySet<unknown>) {
    this.#value = value;
    this.place = place;
    this.stacksSaid = stacksSaid;
  }

  get value(): unknown {
    return this.#value;
  }

  /** Asks no proxy. */
  static is(value: unknown): value is Placed {
    return typeof value === 'object' && value !== null && #value in value;
  }
}
