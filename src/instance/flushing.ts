/**
 * Asking the worker, through shared words, to bring everything accepted so far through every backend; and waiting for it, with the event loop
 * running or without.
 */
import { clearTimeout as clearRealTimeout, setTimeout as setRealTimeout } from 'node:timers';
import { allowMillis, boundedMillis } from '../memory/flush-time.ts';
import { SIGNAL_FLUSH_ASKED, SIGNAL_FLUSH_COMPLETE, SIGNAL_FLUSH_DONE, SIGNAL_LAST_FLUSH, wake } from '../memory/signals.ts';
import { monotonicMillis } from '../time/monotonic.ts';

/** Time that the answer of a flush which used all of its time may take beyond it. */
const ANSWER_GRACE_MILLIS = 250;

/** Sleeps this long at most before it looks around again, when no event can wake it. */
const SLEEP_SLICE_MILLIS = 20;

/** Asks for a flush and returns its number. */
export function askFlush(signals: Int32Array, timeoutMillis: number, last: boolean): number {
  allowMillis(signals, timeoutMillis);
  if (last) Atomics.store(signals, SIGNAL_LAST_FLUSH, 1);
  const asked = (Atomics.add(signals, SIGNAL_FLUSH_ASKED, 1) + 1) | 0;
  wake(signals);
  return asked;
}

function isDone(signals: Int32Array, asked: number): boolean {
  return ((Atomics.load(signals, SIGNAL_FLUSH_DONE) - asked) | 0) >= 0;
}

function isComplete(signals: Int32Array, asked: number): boolean {
  return ((Atomics.load(signals, SIGNAL_FLUSH_COMPLETE) - asked) | 0) >= 0;
}

/**
 * Waits with the event loop running; keeps the process alive meanwhile. True if every backend took everything in time. Whoever notifies the word of
 * finished flushes makes it ask `isHopeless` whether waiting is still of use.
 */
export async function flushed(
  signals: Int32Array,
  asked: number,
  timeoutMillis: number,
  isHopeless: () => boolean = () => false,
): Promise<boolean> {
  // A pending Atomics.waitAsync alone does not keep the event loop alive (nodejs/node#44729), and a timeout of its own would go off
  // when its time has come even if the wait was over long before: a turn of the loop for nothing after each flush.
  const deadline = new Deadline(timeoutMillis);
  try {
    while (!isDone(signals, asked)) {
      if (deadline.isOver || isHopeless()) return false;
      const waiting = Atomics.waitAsync(signals, SIGNAL_FLUSH_DONE, Atomics.load(signals, SIGNAL_FLUSH_DONE));
      if (isDone(signals, asked)) break;
      if (waiting.async) await Promise.race([waiting.value, deadline.over]);
    }
    return isComplete(signals, asked);
  } finally {
    deadline.cancel();
  }
}

class Deadline {
  isOver = false;
  readonly over: Promise<void>;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMillis: number) {
    this.over = new Promise((resolve) => {
      this.#timer = setRealTimeout(() => {
        this.isOver = true;
        resolve();
      }, boundedMillis(timeoutMillis) + ANSWER_GRACE_MILLIS);
    });
  }

  cancel(): void {
    clearRealTimeout(this.#timer);
  }
}

/**
 * Waits with this thread asleep, for exits: no event is heard, so `whileAsleep` is called every {@link SLEEP_SLICE_MILLIS} to do what events would
 * have done and to say whether waiting is of use any more.
 */
export function flushedSync(signals: Int32Array, asked: number, timeoutMillis: number, whileAsleep: () => boolean): boolean {
  const deadline = monotonicMillis() + boundedMillis(timeoutMillis);
  while (!isDone(signals, asked)) {
    const left = deadline - monotonicMillis();
    if (left <= 0 || !whileAsleep()) return false;
    Atomics.wait(signals, SIGNAL_FLUSH_DONE, Atomics.load(signals, SIGNAL_FLUSH_DONE), Math.min(left, SLEEP_SLICE_MILLIS));
  }
  return isComplete(signals, asked);
}
