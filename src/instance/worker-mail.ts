/** Messages of the worker, handed to the parts of the instance that they are for. */
import type { Shutdown } from './ending/shutdown.ts';
import type { ProducerRegistry } from './producer-registry.ts';
import type { AuditReceipts } from './receipts/audit-receipts.ts';
import type { Recoveries } from './run/recoveries.ts';
import type { SnapshotRequests } from './snapshot-requests.ts';
import type { Warnings } from './warnings.ts';
import type { FromWorker } from './wire.ts';

export interface MailParts {
  readonly producers: ProducerRegistry;
  readonly snapshots: SnapshotRequests;
  readonly warnings: Warnings;
  /** Undefined: there is no audit file. */
  readonly receipts: AuditReceipts | undefined;
  readonly shutdown: Shutdown;
  readonly recoveries: Recoveries;
  readonly onReady: () => void;
  /** The report of the run in this folder has become a record. */
  readonly onRecoveryNoted: (folder: string) => void;
}

export function deliverMail(
  message: FromWorker,
  { producers, snapshots, warnings, receipts, shutdown, recoveries, onReady, onRecoveryNoted }: MailParts,
): void {
  switch (message.type) {
    case 'ready':
      return onReady();
    case 'producer':
      producers.adopt(message.memory);
      break;
    case 'series':
      return producers.addSeries(message.producer, message.block);
    case 'finished':
      return producers.finish(message.producer, message.lane);
    case 'folded':
      return producers.fold(message.id, message.blocks, message.replaces);
    case 'exported':
      producers.exported = message.exported;
      break;
    case 'snapshot':
      return snapshots.answer(message.id, message.snapshot);
    case 'receipts':
      return receipts?.answer(message.answers);
    case 'warning':
      return warnings.note(message.message);
    case 'recovery':
      recoveries.note(message.report);
      return onRecoveryNoted(message.report.folder);
    case 'recovery-over':
      return recoveries.noteOver();
    case 'closed':
      return shutdown.noteClosed(message.complete);
  }
}
