/**
 * Settings of the audit trail's file.
 */
import { resolve } from 'node:path';
import { majorityOf } from '../../common/majority.ts';
import { listOf } from '../../settings/kinds/composite-kinds.ts';
import { boolean, integer, oneOf } from '../../settings/kinds/kinds.ts';
import { inputFile, outputFile, witness } from '../../settings/kinds/place-kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { bufferBytes, enabled, failover, level, MIB, rotationClock } from '../common-rows.ts';

export type AuditSettings = ReturnType<typeof auditSection.resolve>;

export const auditSection = section({
  name: 'audit',
  summary: 'The audit trail on disk: JSON lines, numbered without gaps, in files that are never renamed or deleted.',
  enabledIn: 'production',
  rows: {
    enabled: enabled('production'),
    level: { ...level, meaning: 'Least level of log records that routes send here. Audit events always pass.' },
    failover,
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
    witnesses: setting(
      listOf(witness, 8),
      'Who cosigns checkpoints: addresses of `hft-otel audit witness`, or of others that speak C2SP’s tlog-witness, each with its verifier key behind a space if its answers are to be checked. Cosigned checkpoints go into `<audit file>.cosignatures`.',
      { derived: 'none', variables: [{ name: 'HFT_AUDIT_WITNESSES' }] },
    ),
    witnessQuorum: setting(
      integer(1, 8, 'witnesses'),
      'So many of them must have cosigned lines for `health().audit.tree.cosigned` and the metric to count them.',
      { derived: 'more than half of them' },
    ),
    clockEvidence: setting(
      boolean,
      'Lines `hft.clock` in the file: at the start, each minute and at each step of the clock over 1 ms, how far it may be from UTC (adjtimex through koffi, or chrony).',
      { value: false, inProduction: true },
    ),
    bufferBytes: bufferBytes('disk', {
      value: 4 * MIB,
      origin: 'about 16,000 events waiting for the disk',
      atLimit: 'events stay in their ring; when that is full, callers write them through themselves',
    }),
  },
  resolve(given, { enabled }) {
    const settled = given.settled();
    const witnesses = settled.witnesses ?? [];
    const witnessQuorum = settled.witnessQuorum ?? majorityOf(witnesses.length);
    return { ...settled, enabled, path: resolve(settled.path), witnesses, witnessQuorum };
  },
  check({ witnesses, witnessQuorum }, given, problems) {
    if (given.given('witnessQuorum') !== undefined && witnesses.length > 0 && witnessQuorum > witnesses.length)
      problems.add(
        'backends.audit.witnessQuorum',
        String(witnessQuorum),
        `at most ${witnesses.length}: so many are in witnesses`,
      );
  },
});
