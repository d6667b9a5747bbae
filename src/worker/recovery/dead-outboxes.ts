/**
 * Moves batches that a dead run had encoded and not delivered into the queues of this run's backends of the same names.
 */
import type { Destination } from '../../delivery/destination.ts';
import { Outbox, type OutboxSlot } from '../../delivery/outbox.ts';
import { hasAudits, recordsOf } from '../../health/tally.ts';
import type { DeadOutbox } from '../../recovery/dead-run.ts';
import { Deadline } from '../../time/deadline.ts';

const LOOK_MILLIS = 10;

/** A queue that takes nothing for so long belongs to a destination that is away. The next start sends the batches that are left in the dead run's memory. */
const PATIENCE_MILLIS = 60_000;

/** Records of what was moved. */
export interface MovedBatches {
  readonly encoded: number;
  /** Log records of backends that are no longer configured, or take no bytes now: they are lost. */
  readonly undeliverable: number;
  /** Records that stay in the dead run's memory. */
  readonly waiting: number;
  /** Of `waiting`: records of such backends in batches with audit events. Those are never given up: the configuration may get the backend back. */
  readonly withoutBackend: number;
}

/** `destinationOf`: by name of the backend. */
export async function moveBatches(
  { backend, lane, memory }: DeadOutbox,
  destinationOf: (backend: string) => Destination | undefined,
  isStopped: () => boolean,
): Promise<MovedBatches> {
  const outbox = new Outbox(memory);
  const destination = destinationOf(backend);
  let [encoded, undeliverable] = [0, 0];
  const kept: OutboxSlot[] = [];
  let patience = Deadline.in(PATIENCE_MILLIS);
  for (let batch = outbox.take(true); batch !== undefined; batch = outbox.take(true)) {
    if (destination?.adopt === undefined && hasAudits(batch.tally)) {
      kept.push(batch);
      continue;
    }
    const adoption = destination?.adopt?.(batch, lane) ?? 'never';
    if (adoption === 'later') {
      outbox.putBack(batch);
      if (isStopped() || patience.isOver) break;
      await patience.pause(LOOK_MILLIS);
      // From then on another process may have the run.
      if (isStopped()) break;
      continue;
    }
    if (adoption === 'taken') encoded += batch.records;
    else undeliverable += batch.records;
    outbox.release(batch);
    patience = Deadline.in(PATIENCE_MILLIS);
  }
  if (!isStopped()) for (const batch of kept) outbox.putBack(batch);
  const withoutBackend = kept.reduce((sum, { records }) => sum + records, 0);
  return { encoded, undeliverable, waiting: recordsOf(outbox.waiting), withoutBackend };
}
