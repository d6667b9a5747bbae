/** What is to be said once all lines were read: how far each run is proven, seen by witnesses and whole, and whether the trail is proven at all. */
import type { VerifiedRun } from './run.ts';
import { type RunPlace, SOURCES, type VerifyScope } from './scope.ts';
import type { Stretch } from './stretch.ts';

/**
 * A run that lives has a checkpoint of each second in which lines came, and a worker that hangs is replaced after five. Events of more time than this without
 * one are no end of a process that was killed: checkpoints were removed, or could not be written.
 */
const MOST_UNPROVEN_MILLIS = 60_000;
/** A witness may be away for a while, and gets the newest checkpoint when it is back. */
const MOST_NOT_COSIGNED_MILLIS = 3_600_000;

/** `lines`: of all files. */
export function judgeEnds(scope: VerifyScope, lines: number): void {
  const isSeen = scope.runs.some((run) => run.lines > 0 && run.cosignedBy(scope.quorum) > 0);
  for (const run of scope.runs) judgeEnd(scope, run, isSeen);
  judgeTrail(scope, lines);
}

/** `isSeen`: enough witnesses have cosigned lines of any run. */
function judgeEnd(scope: VerifyScope, run: VerifiedRun, isSeen: boolean): void {
  const { findings } = scope;
  const { size } = run.frontier;
  const place = { file: run.lastFile ?? scope.firstFile, line: run.lastLine, run: run.run };
  if (!run.isBroken) judgeLength(scope, run, place);
  if (run.lines === 0) return;
  const { unproven } = run;
  const isNotice = scope.keys.isEmpty || unproven.isAtMost(MOST_UNPROVEN_MILLIS);
  if (run.checkpoints.length === 0)
    findings.add('NO_CHECKPOINTS', place, `The run has ${run.lines} lines${contentsOf(unproven)}.`, isNotice);
  else if (!run.isBroken && size > run.proven) {
    const from = Math.max(run.proven, run.begin);
    findings.add(
      'UNPROVEN',
      place,
      `The last ${size - from} lines of the run, up to line ${run.lastLine}${contentsOf(unproven)}, are in no checkpoint that is believed.`,
      isNotice,
    );
  }
  judgeWitnesses(scope, run, place, isSeen);
  judgeNumbers(scope, run, place);
  if (!run.hasEnded && run.checkpoints.length > 0) findings.add('NOT_ENDED', place, 'The last checkpoint is none of an end.');
}

/** Checkpoints that cover more lines than were read. */
function judgeLength(scope: VerifyScope, run: VerifiedRun, place: RunPlace): void {
  const { size } = run.frontier;
  const missing = run.left.filter(({ size: covered }) => covered > size);
  const here = missing.find(({ source, auditFile }) => source === 'beside' || source === 'cosigned' || scope.isGiven(auditFile));
  const elsewhere = missing.find((each) => each !== here);
  if (here !== undefined) {
    const made = `The checkpoint of ${here.time} (${here.file}:${here.line})${SOURCES[here.source]}`;
    scope.findings.add(
      'MISSING_LINES',
      place,
      `${made} covers ${here.size} lines; ${here.size - size} of them are missing behind line ${run.lastLine}.`,
    );
    run.isBroken = true;
  } else if (elsewhere !== undefined)
    scope.findings.add(
      'OTHER_FILE',
      elsewhere,
      `A checkpoint covers ${elsewhere.size} lines of the run, the last of them in ${elsewhere.auditFile}.`,
    );
}

function judgeWitnesses(scope: VerifyScope, run: VerifiedRun, place: RunPlace, isSeen: boolean): void {
  const wanted = scope.witnesses.names.length;
  const cosigned = run.cosignedBy(scope.quorum);
  if (wanted === 0 || cosigned >= run.frontier.size) return;
  const lines = run.notCosignedBy(scope.quorum);
  const which = cosigned === 0 ? 'No line of the run is' : `Lines of the run behind number ${cosigned} are not`;
  const goesOn = run.goesOn
    ? ' The run goes on in another file, and what was cosigned there may cover them: give the file that follows too.'
    : '';
  scope.findings.add(
    'NOT_COSIGNED',
    place,
    `${which} cosigned by ${scope.quorum} of ${wanted} witnesses${contentsOf(lines)}.${goesOn}`,
    isSeen && (run.goesOn || lines.isAtMost(MOST_NOT_COSIGNED_MILLIS)),
  );
}

function judgeNumbers(scope: VerifyScope, run: VerifiedRun, place: RunPlace): void {
  const { numbers } = run;
  if (numbers.repeated > 0)
    scope.findings.add('REPEATED_NUMBERS', place, `${numbers.repeated} events of the run have a number that another line has.`);
  if (run.begin > 0 || run.isBroken) return;
  const gaps = numbers.gaps(1);
  if (gaps.length === 0 && !numbers.isScattered) return;
  const shown = gaps.slice(0, 10).map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`));
  const count = gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  // Events in the rings of a process that was killed were never written.
  scope.findings.add(
    'MISSING_NUMBERS',
    place,
    `${count} events are missing: ${shown.join(', ')}${gaps.length > 10 ? ', …' : ''}.`,
    !run.hasEnded,
  );
}

/** Who gives keys expects checkpoints that they have signed: without a single one the files may say anything. */
function judgeTrail(scope: VerifyScope, lines: number): void {
  const isAsked = !scope.keys.isEmpty || scope.witnesses.names.length > 0;
  if (!isAsked || lines === 0 || scope.findings.faults > 0) return;
  const believed = (run: VerifiedRun) => run.lines > 0 && run.checkpoints.some(({ isTrusted }) => isTrusted);
  if (scope.runs.some(believed)) return;
  scope.findings.add('NOTHING_PROVEN', { file: scope.firstFile }, `The files have ${lines} lines.`);
}

/** Of lines without proof, what is more than the last events of a process that was killed. */
function contentsOf({ millis, lines, events, foreign }: Stretch): string {
  const seconds = millis < 1_000 ? [] : [`from ${Math.round(millis / 1_000)} s`];
  const others = events === lines ? [] : [`${lines - events} of them no audit events`];
  const odd = foreign === 0 ? [] : [`${foreign} of them not as hft-otel writes lines`];
  return [...seconds, ...others, ...odd].map((text) => `, ${text}`).join('');
}
