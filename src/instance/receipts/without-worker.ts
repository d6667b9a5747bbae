/**
 * Receipts of audit events where no worker starts: the thread that made the instance writes the events, and waits for the disk. A caller that awaits a receipt
 * must not wait for a worker that never comes.
 */
import { ReceiptBook } from '../../audit/receipts.ts';
import { rescueAudit } from '../../audit/rescue.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import type { ProducerMemory } from '../../memory/producer-memory.ts';
import { unixMillis } from '../../time/clock.ts';
import type { InstanceMemory } from '../memory.ts';
import type { AuditReceipts } from './audit-receipts.ts';

/** Answers or rejects all receipts that are asked for. To be called while no worker uses the memory. */
export function answerAlone(
  receipts: AuditReceipts,
  config: ResolvedConfig,
  memory: InstanceMemory,
  producers: readonly ProducerMemory[],
): void {
  if (!receipts.areWaiting) return;
  const book = new ReceiptBook((answers) => receipts.answer(answers), unixMillis);
  book.request(receipts.waiting);
  rescueAudit(config, memory, producers, false, book);
  receipts.refuse('no worker starts. Whether the event is in its file is told by health().backends.audit');
}
