/**
 * A value that has been encoded already: where its bytes stand in the writer that is to write it. Its code has run, and must not run again.
 */
export class Encoded {
  readonly start: number;
  readonly end: number;
  readonly #isEncoded = true;

  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }

  /** Asks no proxy. */
  static is(value: unknown): value is Encoded {
    return typeof value === 'object' && value !== null && #isEncoded in value && value.#isEncoded;
  }
}
