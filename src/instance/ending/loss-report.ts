/**
 * The message of a process that ends with records undelivered. It is written straight to the descriptor: the pipeline itself may be at fault.
 */
import { writeSync } from 'node:fs';
import type { BackendHealth, Health } from '../../caller/api.ts';

/** `pending`: without what is in a spool. `timeoutMillis`: how long the exit may have taken. No message if nothing is pending. */
export function reportLoss(pending: number, health: Health, timeoutMillis: number): void {
  if (pending === 0) return;
  const { folder } = health.memory;
  const kept = folder === undefined ? '' : ` They are kept in ${folder}: the next start of the service sends them.`;
  reportAtExit(`${pending} records undelivered ${causeOf(health, timeoutMillis)}${kept}`);
}

/** A process warning would be printed in a later turn of the event loop, and there is none. */
export function reportAtExit(message: string): void {
  try {
    writeSync(2, `hft-otel: ${message}\n`);
  } catch {
    // No process reads stderr.
  }
}

function causeOf({ worker, backends }: Health, timeoutMillis: number): string {
  if (worker.state !== 'running' && worker.lastError !== undefined)
    return `at the exit, no worker being left. ${worker.lastError.split('\n', 1)[0]}`;
  const behind = Object.entries(backends).filter(([, { pending }]) => pending > 0);
  const named = behind.map(describe).join(', ') || `worker ${worker.state}`;
  const neverReached = behind.length > 0 && behind.every(([, { delivered, retries }]) => delivered === 0 && retries > 0);
  return neverReached
    ? `at the exit: ${named}. An exit waits for no destination that was never reached: see that it is there, and that its address is right.`
    : `within ${timeoutMillis} ms of the exit: ${named}. Raise exitTimeoutMillis or look at that backend.`;
}

function describe([name, { pending, lastError }]: [string, BackendHealth]): string {
  return `${name} (${pending} pending${lastError === undefined ? '' : `: ${lastError}`})`;
}
