/**
 * Full numbers of frames that are encoded in one call: the first is looked up, the others follow from the difference of their low words.
 */
export class SequenceRun {
  readonly #sequenceOf: (low: number) => number;
  #low = 0;
  #full = 0;

  constructor(sequenceOf: (low: number) => number) {
    this.#sequenceOf = sequenceOf;
  }

  /** `low` is the low 32 bits of the first frame's number. */
  start(low: number): void {
    this.#low = low;
    this.#full = this.#sequenceOf(low);
  }

  of(low: number): number {
    return this.#full + ((low - this.#low) | 0);
  }
}
