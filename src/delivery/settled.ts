/**
 * Counts batches that their destination is done with. The queue releases a batch after it is counted: after a death in between it is sent, and counted, once
 * more.
 */
import type { Outcome } from '../contract/backend.ts';
import type { BackendCounters, DropReason } from '../health/counters.ts';
import { leastSevere, recordsOf, withoutTally } from '../health/tally.ts';
import type { Batch, BatchQueue } from './batch-queue.ts';

/** Anything but a refusal for now. */
export type Final = Exclude<Outcome, { status: 'retryable' }>;

/** False: the destination refused all of it for good. */
export function countSettled(counters: BackendCounters, batch: Batch, outcome: Final, nowMillis: number): boolean {
  if (outcome.status === 'failure') {
    countGivenUp(counters, batch, 'rejected', outcome.message ?? 'The destination refused a batch.', nowMillis);
    return false;
  }
  const rejected = outcome.status === 'partial' ? Math.min(outcome.rejected, batch.records) : 0;
  const lost = leastSevere(batch.tally, rejected);
  counters.deliver(withoutTally(batch.tally, lost));
  counters.add('bytes', batch.byteLength);
  counters.add('batches', 1);
  if (rejected > 0) counters.drop('rejected', lost);
  // Partial with nothing rejected is a warning, as in OTLP: the records were taken, and the operator should read the message.
  if (outcome.status === 'partial')
    counters.setState('degraded', outcome.message ?? `The destination refused ${rejected} records of a batch.`, nowMillis);
  else if (counters.state !== 'ok') counters.setState('ok');
  return true;
}

export function countGivenUp(
  counters: BackendCounters,
  { tally }: Batch,
  reason: DropReason,
  message: string,
  nowMillis: number,
): void {
  counters.drop(reason, tally);
  counters.setState('failed', message, nowMillis);
}

/** Closes a queue and counts what it loses by that. `partlyTaken`: of batches that were put back, how many records their destination has taken all the same. */
export function countQueueGivenUp(
  counters: BackendCounters,
  queue: Pick<BatchQueue, 'close'>,
  partlyTaken: ReadonlyMap<Batch, number>,
): void {
  let lost = queue.close();
  for (const [batch, taken] of partlyTaken) {
    if (recordsOf(lost) === 0) break; // The queue keeps what it has, for another to deliver.
    const records = withoutTally(batch.tally, leastSevere(batch.tally, batch.records - taken));
    counters.deliver(records);
    lost = withoutTally(lost, records);
  }
  counters.drop('shutdown', lost);
}
