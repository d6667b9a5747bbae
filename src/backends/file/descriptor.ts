/**
 * The log file.
 */

import { DEFAULT_SLOT_BYTES } from '../../delivery/outbox.ts';
import { recordBackend } from '../descriptor.ts';
import { atExit } from './at-exit.ts';
import { fileSection } from './settings.ts';

const MAX_SLOT_BYTES = 4_194_304;

export const fileBackend = recordBackend({
  takes: 'records',
  name: 'file',
  section: fileSection,
  defaultRoutes: ['logs'],
  isLocal: true,
  queue: ({ bufferBytes }) => ({ bytes: bufferBytes, slotBytes: slotBytes(bufferBytes) }),
  path: ({ path }) => path,
  atExit,
  load: () => import('./open.ts'),
});

/**
 * An eighth of the queue, 64 KiB to 4 MiB. A write takes two turns of the worker's loop, however long it is, and a turn encodes half a MiB when the worker is
 * at its limit: writes of 1 MiB then fall behind (2.5 million records a second for 3 s with a queue of 64 MiB: 4.9 of 7.5 million lost, none with 4 MiB).
 */
function slotBytes(queueBytes: number): number {
  const eighth = (queueBytes >> 3) & ~7;
  return Math.min(Math.max(eighth, DEFAULT_SLOT_BYTES), MAX_SLOT_BYTES);
}
