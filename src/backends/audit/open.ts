/**
 * Opens the audit trail's file.
 */
import type { OpenedBytes, RecordTools } from '../opening.ts';
import type { AuditSettings } from './settings.ts';

export function open(settings: AuditSettings, { jsonLines, openAuditTrail }: RecordTools): OpenedBytes {
  // Log records that a route sends here stand among the lines of all processes that share the file.
  return { sink: openAuditTrail(settings), encoder: (source, context) => jsonLines(source, { ...context, showsRun: true }) };
}
