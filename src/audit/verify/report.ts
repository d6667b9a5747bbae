/**
 * The result of a verification as one plain object: for the command's output, and for `--json`.
 */
import type { Finding, FindingCode } from './finding.ts';
import type { KeyRing } from './key-ring.ts';
import type { VerifiedRun } from './run.ts';
import type { VerifyScope } from './scope.ts';

export interface RunReport {
  readonly run: string;
  /** Undefined: it has no checkpoint. */
  readonly origin: string | undefined;
  /** Lines read. */
  readonly lines: number;
  /** Events among them, and the highest number of one. */
  readonly events: number;
  readonly highestNumber: number;
  /** Lines of the run that files not given hold, in front of these. */
  readonly before: number;
  /** Lines of the run, those before included, that a checkpoint covers which is believed and agrees. */
  readonly proven: number;
  /** When that checkpoint was made. */
  readonly provenTime: string | undefined;
  /** Of those, the ones that a checkpoint elsewhere covers: of another host, or in the run that followed. */
  readonly provenElsewhere: number;
  /** Lines of the run that as many witnesses have cosigned as were asked for; undefined: none was asked for. */
  readonly cosigned: number | undefined;
  readonly checkpoints: number;
  readonly hasEnded: boolean;
  readonly isWhole: boolean;
}

export interface VerifyReport {
  /** No fault was found. The runs tell up to where the lines are proven. */
  readonly ok: boolean;
  /** Signatures were checked. */
  readonly isSigned: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly lines: number;
  readonly runs: readonly RunReport[];
  readonly keys: KeyRing['keys'];
  /** Witnesses that were asked for, and how many of them must have cosigned. */
  readonly witnesses: readonly string[];
  readonly quorum: number;
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Partial<Record<FindingCode, number>>>;
}

export function reportOf(
  { runs, findings, keys, witnesses, quorum }: VerifyScope,
  totals: Pick<VerifyReport, 'files' | 'bytes' | 'lines'>,
): VerifyReport {
  return {
    ok: findings.faults === 0,
    isSigned: !keys.isEmpty,
    ...totals,
    witnesses: witnesses.names,
    quorum,
    runs: Array.from(runs, (run) => runReport(run, witnesses.names.length === 0 ? undefined : quorum)).filter(
      ({ lines, checkpoints }) => lines > 0 || checkpoints > 0,
    ),
    keys: keys.keys,
    findings: findings.all,
    counts: Object.fromEntries(findings.counts) as VerifyReport['counts'],
  };
}

function runReport(run: VerifiedRun, quorum: number | undefined): RunReport {
  const { lines, numbers, begin, proven, provenTime, provenElsewhere, checkpoints, hasEnded, isBroken } = run;
  return {
    run: run.run,
    origin: run.origin,
    lines,
    events: numbers.count,
    highestNumber: numbers.highest,
    before: begin,
    proven: Math.max(proven, begin),
    provenTime,
    provenElsewhere,
    cosigned: quorum === undefined ? undefined : run.cosignedBy(quorum),
    checkpoints: checkpoints.length,
    hasEnded,
    isWhole: !isBroken,
  };
}
