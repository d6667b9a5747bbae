/**
 * How long flushes may take. One word in shared memory has the latest deadline of all that are asked for and not done: they are answered together, and one
 * with little time must not take it from those that have more. A caller with less time stops waiting by itself.
 */
import { Deadline } from '../time/deadline.ts';
import { SIGNAL_FLUSH_UNTIL } from './signals.ts';

/** Nothing is asked for. */
const NONE = 0;

/** To be called before a flush is asked for. */
export function allowUntil(signals: Int32Array, deadline: Deadline): void {
  for (;;) {
    const known = Atomics.load(signals, SIGNAL_FLUSH_UNTIL);
    const other = Deadline.ofWord(known);
    if (other !== undefined && other.left >= deadline.left) return;
    if (Atomics.compareExchange(signals, SIGNAL_FLUSH_UNTIL, known, deadline.word) === known) return;
  }
}

/** For the worker: the latest deadline. Undefined for a flush whose word was cleared with the one before it, in the very moment of its asking. */
export function allowedUntil(signals: Int32Array): Deadline | undefined {
  return Deadline.ofWord(Atomics.load(signals, SIGNAL_FLUSH_UNTIL));
}

/** For the worker, when all that were asked for are done: the next one's time is its own. */
export function forgetAllowed(signals: Int32Array): void {
  Atomics.store(signals, SIGNAL_FLUSH_UNTIL, NONE);
}
