/**
 * The message of an instance that ends with records undelivered and has no caller to report to. At the end of the process it is written straight to the
 * descriptor: the pipeline itself may be at fault.
 */
import { writeSync } from 'node:fs';
import type { BackendHealth, Health } from '../../caller/api.ts';

const THE_EXIT = 'the exit';

/** `pending`: without what is in a spool. `timeoutMillis`: how long the exit may have taken. No message if nothing is pending. */
export function reportLoss(pending: number, health: Health, timeoutMillis: number): void {
  if (pending > 0) reportAtExit(lossText(pending, health, timeoutMillis, THE_EXIT));
}

/** `end`: what ended, for the sentence: "2 records undelivered at …". */
export function lossText(pending: number, health: Health, timeoutMillis: number, end: string): string {
  const { folder } = health.memory;
  const kept = folder === undefined ? '' : ` They are kept in ${folder}: the next start of the service sends them.`;
  return `${pending} records undelivered ${causeOf(health, timeoutMillis, end)}${kept}`;
}

/** A process warning would be printed in a later turn of the event loop, and there is none. */
export function reportAtExit(message: string): void {
  try {
    writeSync(2, `hft-otel: ${message}\n`);
  } catch {
    // No process reads stderr.
  }
}

function causeOf({ worker, backends }: Health, timeoutMillis: number, end: string): string {
  if (worker.state !== 'running' && worker.lastError !== undefined)
    return `at ${end}, no worker being left. ${worker.lastError.split('\n', 1)[0]}`;
  const behind = Object.entries(backends).filter(([, backend]) => undeliveredBy(backend) > 0);
  const named = behind.map(describe).join(', ') || `worker ${worker.state}`;
  const neverReached = behind.length > 0 && behind.every(([, { delivered, retries }]) => delivered === 0 && retries > 0);
  const inTime = `within ${timeoutMillis} ms of ${end}: ${named}.`;
  if (!neverReached) return `${inTime} Raise exitTimeoutMillis or look at that backend.`;
  const check = 'see that it is there, and that its address is right.';
  // Only the end of the process does not wait.
  return end === THE_EXIT
    ? `at ${end}: ${named}. An end waits for no destination that was never reached: ${check}`
    : `${inTime} It was never reached: ${check}`;
}

const undeliveredBy = ({ pending, dropped }: BackendHealth) => pending + (dropped.shutdown ?? 0);

function describe([name, backend]: [string, BackendHealth]): string {
  const { pending, lastError } = backend;
  const what = pending > 0 ? `${pending} pending` : `${undeliveredBy(backend)} dropped`;
  return `${name} (${what}${lastError === undefined ? '' : `: ${lastError}`})`;
}
