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
    const witnesses = different(settled.witnesses ?? []);
    return {
      ...settled,
      enabled,
      path: absolutePath(settled.path),
      witnesses,
      /** More than there are witnesses: no line counts as cosigned. 0: no witness was asked for. */
      witnessQuorum: settled.witnessQuorum ?? (witnesses.length === 0 ? 0 : majorityOf(witnesses.length)),
    };
  },
  /** Of witnesses that a variable names, config/checks/clashes.ts says that they are too few. */
  check({ witnesses, witnessQuorum }, given, problems) {
    if (given.givenBy('code', 'witnesses') !== undefined && witnesses.length > 0 && witnessQuorum > witnesses.length)
      problems.add(
        'backends.audit.witnessQuorum',
        String(witnessQuorum),
        `at most ${witnesses.length}: so many are in witnesses`,
      );
  },
  advise({ enabled, witnesses, witnessQuorum }, given) {
    if (!enabled) return [];
    const entries = given.given('witnesses')?.length ?? 0;
    return [
      ...(entries > witnesses.length
        ? [`The ${entries} entries of backends.audit.witnesses name ${witnesses.length} different witnesses: each counts once.`]
        : []),
      ...(witnesses.length === 0 && witnessQuorum > 0
        ? [
            `backends.audit.witnessQuorum is ${witnessQuorum}, and there is no witness: no line counts as cosigned. Name them in backends.audit.witnesses (HFT_AUDIT_WITNESSES).`,
          ]
        : []),
    ];
  },
});

/** Without those that are named again, by address or key: a quorum is one of different witnesses. Of two entries the one with a key stays. */
function different(witnesses: readonly string[]): readonly string[] {
  const named = witnesses.map((witness) => {
    const [url = '', key] = witness.split(' ');
    return { witness, url: new URL(url).href.replace(/\/+$/, ''), key };
  });
  return named
    .filter((each, index) =>
      named.every((other, otherIndex) => {
        const isSame = other.url === each.url || (other.key !== undefined && other.key === each.key);
        const isOtherKept = (other.key === undefined) === (each.key === undefined) ? otherIndex < index : other.key !== undefined;
        return !isSame || !isOtherKept;
      }),
    )
    .map(({ witness }) => witness);
}
