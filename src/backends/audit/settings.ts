/**
 * Settings of the audit trail's file.
 */
import { resolve } from 'node:path';
import { boolean, oneOf } from '../../settings/kinds/kinds.ts';
import { inputFile, outputFile } from '../../settings/kinds/place-kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { bufferBytes, enabled, level, MIB, rotationClock } from '../common-rows.ts';

export type AuditSettings = ReturnType<typeof auditSection.resolve>;

export const auditSection = section({
  name: 'audit',
  summary: 'The audit trail on disk: JSON lines, numbered without gaps, in files that are never renamed or deleted.',
  enabledIn: 'production',
  rows: {
    enabled: enabled('production'),
    level: { ...level, meaning: 'Least level of log records that routes send here. Audit events always pass.' },
    path: setting(outputFile, 'File, without the date that rotation puts into its name. Must differ from that of `file`.', {
      value: 'logs/audit.jsonl',
      variables: [{ name: 'HFT_AUDIT_FILE', starts: true }],
    }),
    format: setting(oneOf(['json'] as const), 'Lines of JSON.', { value: 'json' }),
    rotation: setting(oneOf(['none', 'daily', 'hourly'] as const), 'When a new file is begun. Audit files are never deleted.', {
      value: 'daily',
    }),
    rotationClock: rotationClock('trading days are reported in UTC'),
    signingKey: setting(
      inputFile,
      'File of the private key that signs checkpoints, as `hft-otel audit keygen` writes it: its path, never the key.',
      { derived: 'none: checkpoints are not signed', variables: [{ name: 'HFT_AUDIT_SIGNING_KEY' }] },
    ),
    clockEvidence: setting(
      boolean,
      'Lines `hft.clock` in the file: at the start, each minute and at each step of the clock over 1 ms, how far it may be from UTC (adjtimex through koffi, or chrony).',
      { value: false },
    ),
    bufferBytes: bufferBytes('disk', {
      value: 4 * MIB,
      origin: 'about 16,000 events waiting for the disk',
      atLimit: 'events stay in their ring; when that is full, callers write them through themselves',
    }),
  },
  resolve(given, { enabled }) {
    const settled = given.settled();
    return { ...settled, enabled, path: resolve(settled.path) };
  },
});
