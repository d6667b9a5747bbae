/**
 * The message of an instance that ends with records undelivered and has no caller to report to. At the end of the process it is written straight to the
 * descriptor: the pipeline itself may be at fault.
 */
import { writeSync } from 'node:fs';
import type { BackendHealth, Health } from '../../caller/api.ts';

/** An end with records undelivered. */
export interface LossyEnd {
  /** For the sentence "2 records undelivered at …". */
  readonly name: string;
  /** Whether it took all the time that it may take. Otherwise nothing was left that it would have waited for. */
  readonly hasWaited: boolean;
}

/** `pending`: without what is in a spool. `timeoutMillis`: how long the exit may take. No message if nothing is pending. */
export function reportLoss(pending: number, health: Health, timeoutMillis: number, hasWaited: boolean): void {
  if (pending > 0) reportAtExit(lossText(pending, health, timeoutMillis, { name: 'the exit', hasWaited }));
}

export function lossText(pending: number, health: Health, timeoutMillis: number, end: LossyEnd): string {
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

function causeOf({ worker, backends }: Health, timeoutMillis: number, { name, hasWaited }: LossyEnd): string {
  if (worker.state !== 'running' && worker.lastError !== undefined)
    return `at ${name}, no worker being left. ${worker.lastError.split('\n', 1)[0]}`;
  const behind = Object.entries(backends).filter(([, backend]) => undeliveredBy(backend) > 0);
  const named = behind.map(describe).join(', ') || `worker ${worker.state}`;
  return `${hasWaited ? `within ${timeoutMillis} ms of` : 'at'} ${name}: ${named}. ${remedyFor(
    behind.map(([, backend]) => backend),
    hasWaited,
  )}`;
}

function remedyFor(behind: readonly BackendHealth[], hasWaited: boolean): string {
  // A circuit breaker stands in front of destinations that may be away.
  const isAway =
    behind.length > 0 && behind.every((each) => each.circuits !== undefined && each.delivered === 0 && each.retries > 0);
  if (isAway)
    return `${hasWaited ? 'It has taken nothing' : 'An end waits for no destination that was never reached'}: see that it is there, and that its address is right.`;
  const hasErrors = behind.length > 0 && behind.every(({ state, lastError }) => state !== 'ok' && lastError !== undefined);
  if (hasErrors) return 'Correct what the error names, or raise exitTimeoutMillis.';
  return 'Raise exitTimeoutMillis or look at that backend.';
}

const undeliveredBy = ({ pending, dropped }: BackendHealth) => pending + (dropped.shutdown ?? 0);

function describe([name, backend]: [string, BackendHealth]): string {
  const { pending, lastError } = backend;
  const what = pending > 0 ? `${pending} pending` : `${undeliveredBy(backend)} dropped`;
  return `${name} (${what}${lastError === undefined ? '' : `: ${lastError}`})`;
}
