/**
 * Lines of a run that no proof covers: from how much time they are. Whoever rewrites such lines writes their times as well, in any order. So each line counts, and
 * the time is that from the earliest to the latest: to make it short, every single line must be dated anew.
 */
import type { LineForm } from './line-form.ts';

export class Stretch {
  lines = 0;
  /** Audit events among them. */
  events = 0;
  /** Lines that hft-otel does not write so. */
  foreign = 0;
  #earliest = Number.POSITIVE_INFINITY;
  #latest = Number.NEGATIVE_INFINITY;

  /** `unixMillis`: the line's time, or what counts in its place. */
  add(kind: LineForm['kind'], unixMillis: number): void {
    this.lines++;
    if (kind === 'foreign') this.foreign++;
    // A recovery writes it after any time.
    if (kind === 'foreign' || kind === 'own') return;
    if (kind === 'event') this.events++;
    if (unixMillis < this.#earliest) this.#earliest = unixMillis;
    if (unixMillis > this.#latest) this.#latest = unixMillis;
  }

  /** Takes in the lines of another stretch. */
  join(other: Stretch): void {
    this.lines += other.lines;
    this.events += other.events;
    this.foreign += other.foreign;
    this.#earliest = Math.min(this.#earliest, other.#earliest);
    this.#latest = Math.max(this.#latest, other.#latest);
  }

  /** From the earliest to the latest line; 0 without any. */
  get millis(): number {
    return Math.max(0, this.#latest - this.#earliest);
  }

  /** A process that was killed, or a witness that was away for `mostMillis`, leaves no more than this. */
  isAtMost(mostMillis: number): boolean {
    return this.foreign === 0 && this.millis <= mostMillis;
  }
}
