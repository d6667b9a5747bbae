/**
 * Frames carry the low 32 bits of their number; this gives the whole of it. Numbers met must lie within 2^31 of the newest one, which holds by far:
 * a ring holds at most some millions of records.
 */
export class SequenceTracker {
  #newest: number;

  /** `start`: a number near the next one, for a reader that takes over. */
  constructor(start = 0) {
    this.#newest = start;
  }

  readonly full = (low: number): number => {
    const delta = (low - (this.#newest % 0x1_0000_0000)) | 0;
    const whole = this.#newest + delta;
    if (delta > 0) this.#newest = whole;
    return whole;
  };
}
