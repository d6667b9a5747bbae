/**
 * Opens the audit trail's file.
 */
import type { OpenedBytes, RecordTools } from '../opening.ts';
import { encoderOf } from './encoder.ts';
import type { AuditSettings } from './settings.ts';

export async function open(settings: AuditSettings, { jsonLines, openAuditTrail }: RecordTools): Promise<OpenedBytes> {
  return { sink: await openAuditTrail(settings), encoder: encoderOf(jsonLines) };
}
