/**
 * Node's timers, captured when this file is loaded. A test runner that replaces them later does not reach these.
 *
 * One that has replaced them before leaves nothing of Node's timers to capture: waiting on shared memory with a timeout stands in for them, because test
 * runners do not replace `Atomics`. A message port keeps the event loop alive meanwhile: a pending `Atomics.waitAsync` alone does not (nodejs/node#44729).
 */
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from 'node:timers';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** A timer that is running. */
export interface RunningTimer {
  /** It keeps the process alive, as at its start. */
  ref(): void;
  /** It no longer keeps the process alive. */
  unref(): void;
}

/** A test runner's timers have objects of their own. */
function areReplaced(): boolean {
  const timer: unknown = setTimeout(() => {}, 1);
  clearTimeout(timer as NodeJS.Timeout);
  return typeof timer !== 'object' || timer === null || !('_idleTimeout' in timer);
}

const useAtomics = areReplaced();

/** Node runs a longer timeout at once. */
const LONGEST_MILLIS = 2 ** 31 - 1;

/** Calls back once after so many milliseconds. */
export function startTimer(callback: () => void, millis: number): RunningTimer {
  const bounded = Math.min(millis, LONGEST_MILLIS);
  return useAtomics ? new AtomicsTimer(callback, bounded) : setTimeout(callback, bounded);
}

/** Ends a timer, if there is one. It does not call back any more. */
export function stopTimer(timer: RunningTimer | undefined): void {
  if (timer instanceof AtomicsTimer) timer.stop();
  else clearTimeout(timer as NodeJS.Timeout | undefined);
}

/** Calls back again and again, without keeping the process alive. Returns what stops it. */
export function repeat(callback: () => void, millis: number): () => void {
  if (!useAtomics) {
    const interval = setInterval(callback, millis).unref();
    return () => clearInterval(interval);
  }
  let timer: RunningTimer;
  const next = () => {
    timer = startTimer(() => {
      next();
      callback();
    }, millis);
    timer.unref();
  };
  next();
  return () => stopTimer(timer);
}

/** Settles in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (useAtomics) startTimer(resolve, 0);
    else setImmediate(resolve);
  });
}

class AtomicsTimer implements RunningTimer {
  readonly #word = new Int32Array(new SharedArrayBuffer(4));
  readonly #port: MessagePort;
  #isStopped = false;

  constructor(callback: () => void, millis: number) {
    this.#port = new MessageChannel().port1;
    this.#port.ref();
    const waiting = Atomics.waitAsync(this.#word, 0, 0, Math.max(1, millis));
    void Promise.resolve(waiting.value).then(() => {
      this.#port.close();
      if (!this.#isStopped) callback();
    });
  }

  ref(): void {
    this.#port.ref();
  }

  unref(): void {
    this.#port.unref();
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    Atomics.notify(this.#word, 0);
  }
}
