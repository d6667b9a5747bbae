/**
 * Numbers as ranges. They come in ascending order within a partition, and partitions come in any order: neighbours are joined at the end.
 */

/** Each is two numbers. Beyond this many, further numbers are not listed (they are counted elsewhere). */
const MOST_RANGES = 100_000;
const MOST_LISTED = 1_000;

export class Ranges {
  readonly #ranges: [number, number][] = [];

  add(number: number): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else if (this.#ranges.length < MOST_RANGES) this.#ranges.push([number, number]);
  }

  /** In ascending order, neighbours joined, at most 1,000. */
  list(): [number, number][] {
    const joined: [number, number][] = [];
    for (const range of this.#ranges.sort((a, b) => a[0] - b[0])) {
      const last = joined.at(-1);
      if (last !== undefined && last[1] + 1 === range[0]) last[1] = range[1];
      else joined.push([...range]);
    }
    return joined.slice(0, MOST_LISTED);
  }
}
