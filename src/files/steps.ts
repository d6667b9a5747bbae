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
