/**
 * Whether what is logged now is logged by the target of a bridge: such records go to every backend but bridges, or they would go round for ever.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Made by the first delivery: programs without a bridge pay one comparison a call. */
let origin: AsyncLocalStorage<true> | undefined;

/** Runs a bridge's target, so that what it logs is told apart: in the call, and later in whatever the call has begun (promises, timers, streams). */
export function asBridgeTarget<T>(call: () => T): T {
  origin ??= new AsyncLocalStorage();
  return origin.run(true, call);
}

export function inBridgeTarget(): boolean {
  return origin !== undefined && origin.getStore() === true;
}
