/**
 * The audit trail's file.
 */
import { recordBackend } from '../descriptor.ts';
import { atExit } from './at-exit.ts';
import { auditSection } from './settings.ts';

/** Audit records are few, and a slot is free again only when it is on disk: many small slots. */
const SLOT_BYTES = 262_144;
/** The drain takes audit records only while 1.5 MiB are free. */
const MIN_QUEUE_BYTES = 2_097_152;

export const auditBackend = recordBackend({
  takes: 'records',
  name: 'audit',
  section: auditSection,
  defaultRoutes: ['audit', 'trading'],
  carriesAudit: true,
  holdsAuditBack: true,
  isLocal: true,
  queue: ({ bufferBytes }) => ({ bytes: Math.max(bufferBytes, MIN_QUEUE_BYTES), slotBytes: SLOT_BYTES }),
  path: ({ path }) => path,
  atExit,
  load: () => import('./open.ts'),
});
