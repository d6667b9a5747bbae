/**
 * What a process says when it ends with records undelivered. It goes straight to the descriptor: the pipeline is what is in trouble.
 */
import { writeSync } from 'node:fs';
import type { Health } from '../caller/api.ts';

export function reportLoss(pending: number, health: Health, timeoutMillis: number): void {
  if (pending === 0) return;
  const guilty = Object.entries(health.backends)
    .filter(([, backend]) => backend.pending > 0)
    .map(
      ([name, backend]) =>
        `${name} (${backend.pending} pending${backend.lastError === undefined ? '' : `: ${backend.lastError}`})`,
    );
  const { state, lastError } = health.worker;
  const trouble =
    state === 'running' || lastError === undefined
      ? `within ${timeoutMillis} ms of the exit: ${guilty.join(', ') || `worker ${state}`}. Raise exitTimeoutMillis or look at that backend.`
      : `at the exit, no worker being left. ${lastError.split('\n', 1)[0]}`;
  try {
    writeSync(2, `hft-otel: ${pending} records undelivered ${trouble}\n`);
  } catch {
    // Nobody is listening.
  }
}
