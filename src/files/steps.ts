/**
 * One protocol with two drivers. Operations on a file are written once, as a generator that yields one step at a time. A driver runs the steps, either at once
 * (a caller's thread that must have the line written before it returns) or with promises (the worker, which must not block).
 */

/** The same work done at once, or later. */
export interface Step<T> {
  readonly now: () => T;
  readonly later: () => Promise<T>;
}

/** A protocol that ends with a `T`. */
export type Steps<T> = Generator<Step<unknown>, T, unknown>;

/** One step as a protocol, so that its result has a type: `const fd = yield* perform(…)`. */
export function* perform<T>(now: () => T, later: () => Promise<T>): Steps<T> {
  return (yield { now, later }) as T;
}

export function runSync<T>(steps: Steps<T>): T {
  let turn = steps.next();
  while (turn.done !== true) {
    let value: unknown;
    try {
      value = turn.value.now();
    } catch (error) {
      turn = steps.throw(error);
      continue;
    }
    turn = steps.next(value);
  }
  return turn.value;
}

export async function runAsync<T>(steps: Steps<T>): Promise<T> {
  let turn = steps.next();
  while (turn.done !== true) {
    let value: unknown;
    try {
      value = await turn.value.later();
    } catch (error) {
      turn = steps.throw(error);
      continue;
    }
    turn = steps.next(value);
  }
  return turn.value;
}

/** Steps that a protocol has begun and does not wait for. */
export interface Begun {
  /** Settles when they are over. */
  readonly done: Promise<void>;
}

/** Begins steps beside the protocol; they must handle their own errors. Undefined when they are over already: run at once, each step is over when it returns. */
export const begin = (steps: Steps<void>): Steps<Begun | undefined> =>
  perform<Begun | undefined>(
    () => void runSync(steps),
    async () => ({ done: runAsync(steps) }), // In an object: a promise itself would be waited for.
  );

/** Waits until steps that were begun are over. */
export function* finish(begun: Begun | undefined): Steps<void> {
  if (begun === undefined) return;
  yield* perform(
    () => {
      throw new Error('Steps that were begun with promises cannot be finished at once');
    },
    () => begun.done,
  );
}
