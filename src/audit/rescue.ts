/**
 * Audit events that a worker has left behind when it is gone for good: encoded in its outbox, and frames in the rings. So that they do not end with the process,
 * this thread writes them into the audit file, waiting for the disk. Only where no worker uses that memory any more.
 */
import { takersOfAudit } from '../config/default-routes.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { Outbox } from '../delivery/outbox.ts';
import { BackendCounters } from '../health/counters.ts';
import { tallyOf } from '../health/tally.ts';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { AUDIT_RANK } from '../record.ts';
import { pendingIn } from '../ring/account.ts';
import { openCallersTrail, type TrailMemory } from './callers-trail.ts';
import { RingLines } from './event-lines.ts';
import type { ReceiptBook } from './receipts.ts';
import { runOf } from './run-tree/settings.ts';

/** The part of an instance's memory that audit events may still lie in, and where they are counted; see `InstanceMemory`. */
export interface RescueMemory extends TrailMemory {
  readonly counters: BlockDescriptor;
  readonly outboxes: readonly { readonly backend: string; readonly memory: BlockDescriptor }[];
  readonly backendNames: readonly string[];
}

/**
 * Never throws. Events that cannot be written stay in memory, and are reported as undelivered.
 *
 * `receipts`: answered as events are written.
 *
 * `isEnd`: the instance ends. What is in rings that outlive the process then stays there if others than the audit file take audit events: the next start delivers
 * it to all of them.
 */
export function rescueAudit(
  config: ResolvedConfig,
  memory: RescueMemory,
  producers: readonly ProducerMemory[],
  isEnd: boolean,
  receipts?: ReceiptBook,
): void {
  const { runIdentity } = memory;
  const { audit: target } = config.backends;
  const outbox = memory.outboxes.find(({ backend }) => backend === 'audit')?.memory;
  if (!target.enabled || outbox === undefined) return;
  const run = openBlock(memory.run);
  const counters = new BackendCounters(openBlock(memory.counters).memory, memory.backendNames.indexOf('audit'));
  const trail = openCallersTrail(target, config, memory, { ...(receipts && { receipts }) });
  const write = (lines: Uint8Array) => trail.writeSync(lines).status === 'success';
  try {
    if (!emptyOutbox(new Outbox(openBlock(outbox).memory), counters, write)) return;
    if (isEnd && memory.run.place.in === 'mapped' && takersOfAudit(config).some((name) => name !== 'audit')) return;
    for (const producer of producers) {
      // Of a lane that has been drained only the account is left.
      if (pendingIn(openBlock(producer.audit.ring).memory) === 0) continue;
      if (!emptyRing(new RingLines(producer, run, runOf(producer.auditInstanceId, runIdentity)), counters, write)) return;
    }
  } catch {
    // Memory that cannot be read may have been the cause of the worker's death.
  } finally {
    trail.endSync();
  }
}

/** Events that the worker had encoded come first: they are older than any in a ring. */
function emptyOutbox(outbox: Outbox, counters: BackendCounters, write: (lines: Uint8Array) => boolean): boolean {
  for (let slot = outbox.take(true); slot !== undefined; slot = outbox.take(true)) {
    if (!write(slot.bytes)) return false;
    counters.deliver(slot.tally);
    outbox.release(slot);
  }
  return true;
}

function emptyRing(lines: RingLines, counters: BackendCounters, write: (lines: Uint8Array) => boolean): boolean {
  for (let some = lines.next(); some !== undefined; some = lines.next()) {
    if (!write(some.bytes)) return false;
    const records = tallyOf('audit', AUDIT_RANK, some.records);
    counters.take(records);
    counters.add('written_through', some.records);
    counters.deliver(records);
    lines.release();
  }
  return true;
}
