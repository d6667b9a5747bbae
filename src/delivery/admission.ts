/**
 * Decides when a destination may be tried. The delivery engine asks before each attempt and reports its result. {@link Backoff} is one: growing pauses
 * between attempts that are refused. A circuit breaker is another.
 */
export interface Admission {
  /**
   * Attempts that may be under way now, of the `most` that the sender allows. 0: none; `onAllowed`, which the admission was made with, is called when that
   * changes by itself.
   */
  allowed(most: number): number;
  /** The destination is away for longer than a moment: at its end, a process does not wait for it if what waits can be kept. */
  readonly isAway: boolean;
  /** An attempt is on its way. */
  attempted(): void;
  /** The destination has taken a batch, or refused it for good: it works. */
  answered(): void;
  /**
   * The destination has refused a batch for now. `askedMillis`: the pause that it asks for (`Retry-After`). Returns for how many milliseconds it has refused
   * without an answer in between; 0 at first.
   */
  refused(askedMillis: number | undefined): number;
  /** A flush waits: a pause may end early, unless the destination has asked for it. */
  hurry(): void;
  /** The pause before the next attempt after so many in a row have failed, milliseconds: a flush of the destination itself is repeated at this pace. */
  pauseMillis(attempts: number): number;
  /** There will be no further attempt. */
  close(): void;
}

/** `onAllowed`: attempts are allowed again. */
export type MakeAdmission = (onAllowed: () => void) => Admission;
