/**
 * One export by OpenTelemetry's code, and its outcome: the server's own answer decides, as the observer has seen it.
 */
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { untraced } from '../../common/untraced.ts';
import type { Outcome } from '../../contract/backend.ts';
import { startTimer, stopTimer } from '../../time/real-timers.ts';
import { outcomeOf } from './answer.ts';
import type { HttpObserver } from './observer.ts';

export interface Exchange {
  /** In the exporter's agent; follows one exchange at a time. */
  readonly observer: HttpObserver;
  /** From the start of the export to the end of the answer. */
  readonly timeoutMillis: number;
  /** Records or data points of the request. */
  readonly items: number;
  /** Starts the export; gives its result to `done`. */
  readonly send: (done: (result: ExportResult) => void) => void;
}

/** Rejects when `send` throws. */
export async function exchange({ observer, timeoutMillis, items, send }: Exchange): Promise<Outcome> {
  observer.begin();
  const deadline = startTimer(() => observer.abort(new TimeoutError(timeoutMillis)), timeoutMillis);
  try {
    const { code, error } = await untraced(() => new Promise<ExportResult>(send));
    return outcomeOf(observer.answer, code === ExportResultCode.SUCCESS ? undefined : error, items, observer.secrets);
  } finally {
    stopTimer(deadline);
    observer.end();
  }
}

class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT';
  constructor(timeoutMillis: number) {
    super(`No answer within ${timeoutMillis} ms`);
    this.name = 'TimeoutError';
  }
}
