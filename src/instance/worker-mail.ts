/** What the worker says, and who is to know. */
import type { Shutdown } from './ending/shutdown.ts';
import type { ProducerRegistry } from './producer-registry.ts';
import type { SnapshotRequests } from './snapshot-requests.ts';
import type { Warnings } from './warnings.ts';
import type { FromWorker } from './wire.ts';

export interface MailParts {
  readonly producers: ProducerRegistry;
  readonly snapshots: SnapshotRequests;
  readonly warnings: Warnings;
  readonly shutdown: Shutdown;
  readonly onReady: () => void;
}

export function deliverMail(message: FromWorker, { producers, snapshots, warnings, shutdown, onReady }: MailParts): void {
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
    case 'warning':
      return warnings.note(message.message);
    case 'closed':
      return shutdown.noteClosed(message.complete);
  }
}
