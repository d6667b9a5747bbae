/**
 * Whether the target of a bridge is logging now. Such records go to every backend but bridges, or they would go round without end.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Made by the first delivery: programs without a bridge pay one comparison a call. */
let origin: AsyncLocalStorage<true> | undefined;

/** Runs a bridge's target and marks the records that it logs: in the call, and later in promises, timers and streams that the call has started. */
export function asBridgeTarget<T>(call: () => T): T {
  origin ??= new AsyncLocalStorage();
  return origin.run(true, call);
}

export function inBridgeTarget(): boolean {
  return origin !== undefined && origin.getStore() === true;
}
