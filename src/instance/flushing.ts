/**
 * Asking the worker, through shared words, to bring everything accepted so far through every backend; and waiting for it, with the event loop
 * running or without.
 */
import { allowUntil } from '../memory/flush-time.ts';
import { SIGNAL_FLUSH_ASKED, SIGNAL_FLUSH_COMPLETE, SIGNAL_FLUSH_DONE, SIGNAL_LAST_FLUSH, wake } from '../memory/signals.ts';
import type { Deadline } from '../time/deadline.ts';

/** Time that the answer of a flush which used all of its time may take beyond it. */
const ANSWER_GRACE_MILLIS = 250;

/** Sleeps this long at most before it looks around again, when no event can wake it. */
const SLEEP_SLICE_MILLIS = 20;

/** Asks for a flush and returns its number. */
export function askFlush(signals: Int32Array, deadline: Deadline, last: boolean): number {
  allowUntil(signals, deadline);
  if (last) Atomics.store(signals, SIGNAL_LAST_FLUSH, 1);
  const asked = (Atomics.add(signals, SIGNAL_FLUSH_ASKED, 1) + 1) | 0;
  wake(signals);
  return asked;
}

function hasReached(signals: Int32Array, index: number, asked: number): boolean {
  return ((Atomics.load(signals, index) - asked) | 0) >= 0;
}

/**
 * Waits with the event loop running; keeps the process alive meanwhile. True if every backend took everything in time. A notify on the word of finished
 * flushes also makes it ask `isHopeless` whether waiting is still of use.
 */
export async function flushed(
  signals: Int32Array,
  asked: number,
  deadline: Deadline,
  isHopeless: () => boolean = () => false,
): Promise<boolean> {
  const isDone = () => hasReached(signals, SIGNAL_FLUSH_DONE, asked);
  const answered = await deadline.plus(ANSWER_GRACE_MILLIS).sleep(signals, SIGNAL_FLUSH_DONE, isDone, isHopeless);
  return answered && hasReached(signals, SIGNAL_FLUSH_COMPLETE, asked);
}

/**
 * Waits with this thread asleep, for exits: no event is handled, so `whileAsleep` is called every {@link SLEEP_SLICE_MILLIS} to do what events would
 * have done and to say whether waiting is of use any more.
 */
export function flushedSync(signals: Int32Array, asked: number, deadline: Deadline, whileAsleep: () => boolean): boolean {
  const isDone = () => hasReached(signals, SIGNAL_FLUSH_DONE, asked);
  const answered = deadline.sleepSync(signals, SIGNAL_FLUSH_DONE, isDone, SLEEP_SLICE_MILLIS, whileAsleep);
  return answered && hasReached(signals, SIGNAL_FLUSH_COMPLETE, asked);
}
