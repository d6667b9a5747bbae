/**
 * Full numbers of frames that are encoded in one go: the first is asked for, the others are as far from it as their low words say.
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
