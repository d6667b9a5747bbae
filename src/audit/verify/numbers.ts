/**
 * Whether events are numbered without a gap, in whatever order their numbers come: rings are drained one after another. Keeps the intervals that were seen, which are few
 * where nothing is missing.
 */

/** More intervals than any writer's order makes; from there on only the count is kept. */
const MOST_INTERVALS = 100_000;

export class NumbersSeen {
  /** End (exclusive) by start, and start by end. */
  readonly #ends = new Map<number, number>();
  readonly #starts = new Map<number, number>();
  #lastStart = Number.NaN;
  #lastEnd = Number.NaN;
  count = 0;
  repeated = 0;
  highest = 0;
  isScattered = false;

  add(number: number): void {
    this.count++;
    if (number > this.highest) this.highest = number;
    if (this.isScattered) return;
    // Mostly the next one.
    if (number === this.#lastEnd && !this.#ends.has(number)) {
      this.#starts.delete(this.#lastEnd);
      this.#lastEnd = number + 1;
      this.#ends.set(this.#lastStart, this.#lastEnd);
      this.#starts.set(this.#lastEnd, this.#lastStart);
      return;
    }
    if (this.#contains(number)) {
      this.repeated++;
      return;
    }
    const start = this.#starts.get(number) ?? number;
    const end = this.#ends.get(number + 1) ?? number + 1;
    this.#starts.delete(number);
    this.#ends.delete(number + 1);
    this.#ends.set(start, end);
    this.#starts.set(end, start);
    this.#lastStart = start;
    this.#lastEnd = end;
    if (this.#ends.size > MOST_INTERVALS) this.isScattered = true;
  }

  /** Intervals `[from, to]` that are missing from `first` to the highest. */
  gaps(first: number): { readonly from: number; readonly to: number }[] {
    const starts = [...this.#ends.keys()].sort((left, right) => left - right);
    const gaps: { from: number; to: number }[] = [];
    let next = first;
    for (const start of starts) {
      if (start > next) gaps.push({ from: next, to: start - 1 });
      next = Math.max(next, this.#ends.get(start)!);
    }
    return gaps;
  }

  #contains(number: number): boolean {
    if (this.#ends.has(number)) return true;
    if (number >= this.#lastStart && number < this.#lastEnd) return true;
    if (this.#ends.size === 1 || number > this.highest) return false;
    for (const [start, end] of this.#ends) if (number >= start && number < end) return true;
    return false;
  }
}
