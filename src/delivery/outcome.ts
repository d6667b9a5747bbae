/**
 * The result of a backend's `write` as an {@link Outcome}. Backends may be users' code, so the result is checked.
 */
import { type Outcome, SUCCESS } from '../contract/backend.ts';

const WHAT_IS_ALLOWED =
  "write must give back nothing or { status: 'success' | 'partial' | 'retryable' | 'failure' }, with a whole number `rejected` when partial.";

/** Called for every write and request, as soon as it is answered. */
export type OnAnswer = (elapsedMillis: number, outcome: Outcome) => void;

/** The `error.type` of OpenTelemetry's conventions: in what way it failed, undefined if all was taken. */
export function errorTypeOf(outcome: Outcome): 'retryable' | 'rejected' | undefined {
  if (outcome.status === 'retryable') return 'retryable';
  const isRejected = outcome.status === 'failure' || (outcome.status === 'partial' && outcome.rejected > 0);
  return isRejected ? 'rejected' : undefined;
}

/**
 * `records`: how many the batch had. A value that is not an outcome counts as `failure`: it is not known whether the batch was taken, and offering it again
 * would not help.
 */
export function readOutcome(value: unknown, records: number): Outcome {
  if (value === undefined) return SUCCESS;
  if (typeof value !== 'object' || value === null) return nonsense(value);
  const { status, message, rejected, afterMillis, taken, unreached } = value as Record<string, unknown>;
  const said = typeof message === 'string' ? { message } : {};
  switch (status) {
    case 'success':
      return SUCCESS;
    case 'failure':
      return { status, ...said };
    case 'retryable':
      return {
        status,
        ...(typeof afterMillis === 'number' && afterMillis >= 0 && { afterMillis }),
        ...(Number.isInteger(taken) && { taken: Math.min(Math.max(taken as number, 0), records) }),
        ...(unreached === true && { unreached }),
        ...said,
      };
    case 'partial':
      if (!Number.isInteger(rejected) || (rejected as number) < 0) return nonsense(value);
      return { status, rejected: Math.min(rejected as number, records), ...said };
    default:
      return nonsense(value);
  }
}

function nonsense(value: unknown): Outcome {
  const shown = typeof value === 'object' ? 'an object without a known status' : typeof value;
  return { status: 'failure', message: `The backend gave back ${shown}: ${WHAT_IS_ALLOWED}` };
}
