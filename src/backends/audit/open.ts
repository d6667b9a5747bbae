/**
 * Opens the audit trail's file.
 */
import type { OpenedBytes, RecordTools } from '../opening.ts';
import { encoderOf } from './encoder.ts';
import type { AuditSettings } from './settings.ts';

export function open(settings: AuditSettings, { jsonLines, openAuditTrail }: RecordTools): OpenedBytes {
  return { sink: openAuditTrail(settings), encoder: encoderOf(jsonLines) };
}
