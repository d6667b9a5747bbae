/**
 * The console: text or JSON lines on stdout or stderr.
 */

import { DEFAULT_SLOT_BYTES } from '../../delivery/outbox.ts';
import { recordBackend } from '../descriptor.ts';
import { atExit } from './at-exit.ts';
import { consoleSection } from './settings.ts';

export const consoleBackend = recordBackend({
  takes: 'records',
  name: 'console',
  section: consoleSection,
  defaultRoutes: ['logs', 'audit while developing'],
  inOrder: true,
  isLocal: true,
  queue: ({ bufferBytes }) => ({ bytes: bufferBytes, slotBytes: DEFAULT_SLOT_BYTES }),
  atExit,
  load: () => import('./open.ts'),
});
