/**
 * Settings of the audit trail's file.
 */
import { absolutePath } from '../../common/absolute-path.ts';
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
    level: {
      ...level,
      meaning: 'Least level of the log records that the backend takes from routes. It always takes audit events.',
    },
    failover,
    path: setting(
      outputFile,
      'Path of the file, without the date that rotation adds to its name. It must differ from the path of `file`.',
      {
        value: 'logs/audit.jsonl',
        variables: [{ name: 'HFT_AUDIT_FILE', starts: true }],
      },
    ),
    format: setting(oneOf(['json'] as const), 'The only format: lines of JSON.', { value: 'json' }),
    rotation: setting(oneOf(['none', 'daily', 'hourly'] as const), 'When a new file is started. Audit files are never deleted.', {
      value: 'daily',
    }),
    rotationClock: rotationClock('trading days are reported in UTC'),
    signingKey: setting(
      inputFile,
      'Path of the file with the private key that signs checkpoints, made by `hft-otel audit keygen`. Give the path, never the key itself.',
      { derived: 'none: checkpoints are not signed', variables: [{ name: 'HFT_AUDIT_SIGNING_KEY' }] },
    ),
    witnesses: setting(
      listOf(witness, 8),
      'Addresses of witnesses that cosign checkpoints: `hft-otel audit witness`, or other servers of C2SP’s tlog-witness protocol. To have the answers of a witness checked, add a space and its verifier key. Cosigned checkpoints are written to `<audit file>.cosignatures`.',
      { derived: 'none', variables: [{ name: 'HFT_AUDIT_WITNESSES' }] },
    ),
    witnessQuorum: setting(
      integer(1, 8, 'witnesses'),
      'Number of witnesses that must have cosigned a line before `health().audit.tree.cosigned` and the metric count it.',
      { derived: 'more than half of them' },
    ),
    clockEvidence: setting(
      boolean,
      'Whether lines `hft.clock` in the file say how far the clock may be from UTC (by adjtimex through koffi, or chrony). They are written at the start, each minute, and when the clock is stepped by more than about 2 ms.',
      { value: false, inProduction: true },
    ),
    bufferBytes: bufferBytes('disk', {
      value: 4 * MIB,
      origin: 'about 16,000 events waiting for the disk',
      atLimit: 'events stay in their ring; if that is full, callers write them to the file themselves',
    }),
  },
  resolve(given, { enabled }) {
    const settled = given.settled();
    const witnesses = settled.witnesses ?? [];
    const witnessQuorum = settled.witnessQuorum ?? majorityOf(witnesses.length);
    return { ...settled, enabled, path: absolutePath(settled.path), witnesses, witnessQuorum };
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
