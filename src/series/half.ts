/**
 * The collector's copy of one half of a histogram. It is made beside the old copy and replaces it only when it is known to be whole (`reader.ts`). An attempt
 * that met a recording under way changes nothing.
 */

import { getOrMake } from '../common/get-or-make.ts';
import { Distribution, inRange } from './distribution.ts';
import {
  HALF_BELOW,
  HALF_EARLIER_MAX,
  HALF_EARLIER_MIN,
  HALF_SUM,
  HALF_WINDOW_EPOCH,
  HALF_WINDOW_MAX,
  HALF_WINDOW_MIN,
  HALF_ZEROS,
  PAGE_BUCKETS,
} from './layout.ts';

export class HalfCopy {
  /** The last whole copy. */
  distribution: Distribution;
  /** Least and greatest of the half's window that was closed last; infinite if nothing was recorded in it. */
  windowMin = Number.POSITIVE_INFINITY;
  windowMax = Number.NEGATIVE_INFINITY;

  readonly #doubles: Float64Array;
  readonly #cell: number;
  readonly #pages: { readonly key: number; readonly words: Int32Array; readonly at: number }[] = [];
  readonly #carries: { readonly key: number; readonly doubles: Float64Array; readonly at: number }[] = [];
  /** The copy being made; its pages are a subset of the half's, and all are written anew each time. */
  #aside: Distribution;
  #isChanged = false;
  #lastWritten = -1;
  #asideWritten = -1;
  #asideMin = 0;
  #asideMax = 0;

  /** @param cell first cell of the half */
  constructor(doubles: Float64Array, cell: number, bounds: readonly number[]) {
    this.#doubles = doubles;
    this.#cell = cell;
    this.distribution = new Distribution(bounds);
    this.#aside = new Distribution(bounds);
  }

  /** A page of counts of this half: 64 i32 from index `at`. */
  addPage(key: number, words: Int32Array, at: number): void {
    this.#pages.push({ key, words, at });
  }

  /** Counts that no longer fitted their page: 64 f64 from index `at`. */
  addCarry(key: number, doubles: Float64Array, at: number): void {
    this.#carries.push({ key, doubles, at });
  }

  /** Copies the half after window `epoch`, without replacing the last whole copy. */
  read(epoch: number): void {
    const cells = this.#doubles;
    const cell = this.#cell;
    const written = cells[cell + HALF_WINDOW_EPOCH];
    const inWindow = written === epoch;
    this.#asideMin = inWindow ? cells[cell + HALF_WINDOW_MIN] : Number.POSITIVE_INFINITY;
    this.#asideMax = inWindow ? cells[cell + HALF_WINDOW_MAX] : Number.NEGATIVE_INFINITY;
    const known = this.distribution;
    const sum = inRange(cells[cell + HALF_SUM]);
    this.#isChanged = inWindow || written !== this.#lastWritten || sum !== known.sum || cells[cell + HALF_ZEROS] !== known.zeros;
    if (!this.#isChanged) return;
    this.#asideWritten = written;
    const copy = this.#aside;
    copy.sum = sum;
    copy.zeros = cells[cell + HALF_ZEROS];
    copy.min = Math.min(cells[cell + HALF_WINDOW_MIN], cells[cell + HALF_EARLIER_MIN]);
    copy.max = Math.max(cells[cell + HALF_WINDOW_MAX], cells[cell + HALF_EARLIER_MAX]);
    for (let k = 0; k < copy.below.length; k++) copy.below[k] = cells[cell + HALF_BELOW + k];
    for (const { key, words, at } of this.#pages) {
      const page = getOrMake(copy.pages, key, () => new Float64Array(PAGE_BUCKETS));
      for (let i = 0; i < PAGE_BUCKETS; i++) page[i] = words[at + i];
    }
    for (const { key, doubles, at } of this.#carries) {
      const page = copy.pages.get(key)!;
      for (let i = 0; i < PAGE_BUCKETS; i++) page[i] += doubles[at + i];
    }
  }

  /** Makes the copy the current one. */
  accept(): void {
    this.windowMin = this.#asideMin;
    this.windowMax = this.#asideMax;
    if (!this.#isChanged) return;
    this.#isChanged = false;
    this.#lastWritten = this.#asideWritten;
    const previous = this.distribution;
    this.distribution = this.#aside;
    this.#aside = previous;
  }
}
