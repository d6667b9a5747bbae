/**
 * Findings of a verifier, each with its place. A fault means that the trail is not as it was written. A notice tells where the proof ends, or another fact for
 * an auditor that does not contradict the trail.
 */
const FINDINGS = {
  CHANGED:
    'The lines are not those that the checkpoint was made over: at least one of them was changed, inserted, deleted or moved since. None of them is evidence.',
  MISSING_LINES:
    'A checkpoint covers lines that are not there: they were cut off or deleted, or the file that has them was not given.',
  EXTRA_LINE: 'The line is in no checkpoint although the run has gone on to another file: it was inserted later.',
  NO_RUN: 'The line says no run. hft-otel writes no such lines: another program did.',
  MISSING_CHECKPOINTS: 'Checkpoints are numbered without a gap: some were removed.',
  CHECKPOINTS_SHRINK: 'A later checkpoint covers fewer lines than an earlier one: the trail was cut and continued.',
  UNSIGNED: 'Anybody can make a checkpoint without a signature: it proves nothing against those who can write to the file.',
  FOREIGN_KEY: 'The checkpoint is signed by a key that was not given: it may be anybody’s.',
  RETIRED_KEY:
    'The checkpoint is signed by a key that had been replaced by then: it was made later, by a person who has the old key.',
  BAD_SIGNATURE: 'The signature is not one of this checkpoint: it was changed after it was signed, or the signature was made up.',
  DAMAGED_CHECKPOINT: 'A part of the file of checkpoints is none: torn by a full disk or a crash, or overwritten.',
  FORK: 'Two checkpoints of one size have different roots: there are two versions of this trail.',
  TWO_ORIGINS: 'Two trees claim the same run: one of them was brought in from elsewhere.',
  MISSING_RUN: 'Another checkpoint names this run, and it is not in the file that it should be in: it was removed.',
  MISSING_NUMBERS:
    'Events are numbered without a gap: those were never written (health() counts such losses), or were removed before the first checkpoint.',
  OUT_OF_PLACE: 'The file holds lines that belong elsewhere in the run: it was given twice, or put in another one’s place.',
  UNPROVEN:
    'No checkpoint covers these lines: nothing is proven of them. They were written after the last checkpoint, or its copy was removed.',
  NO_CHECKPOINTS: 'There is no checkpoint of this run: nothing is proven of it.',
  NOTHING_PROVEN:
    'Keys or witnesses were given, and there is no checkpoint that is believed, of none of these lines: it was removed, or the only run was killed in its first second.',
  UNREAD_BEGINNING: 'The run began in a file that was not given. Its tree is taken from the checkpoint that opens this file.',
  NOT_COSIGNED:
    'Fewer witnesses than asked for have seen these lines: a person with the signing key could show another version of them elsewhere.',
  DAMAGED_LINE: 'The line is no JSON: torn by a full disk or a crash. Its event is in a line of its own, or was counted as lost.',
  UNFINISHED_LINE: 'The file ends in the middle of a line: it is being written, or the writer was killed.',
  REPEATED_NUMBERS: 'Some events stand there twice: they were written again after an error, or a worker’s death.',
  OTHER_FILE: 'A checkpoint names a run or a file that was not given. Give it too, to have it checked.',
  NOT_ENDED: 'The run has no last checkpoint of an orderly end: it is running, or was killed, or its end was cut off.',
} as const;

export type FindingCode = keyof typeof FINDINGS;

const NOTICES: ReadonlySet<FindingCode> = new Set([
  'UNPROVEN',
  'NO_CHECKPOINTS',
  'NOT_COSIGNED',
  'UNREAD_BEGINNING',
  'DAMAGED_LINE',
  'DAMAGED_CHECKPOINT',
  'UNFINISHED_LINE',
  'REPEATED_NUMBERS',
  'OTHER_FILE',
  'NOT_ENDED',
]);

export interface Finding {
  readonly severity: 'fault' | 'notice';
  readonly code: FindingCode;
  readonly file: string;
  /** From 1 on; 0: of the file as a whole. */
  readonly line: number;
  readonly run?: string;
  /** The finding, with numbers. */
  readonly message: string;
  /** Its meaning for an auditor. */
  readonly meaning: string;
}

/** Most findings of one code that are kept in full: a file of garbage has millions. */
const MOST_OF_A_CODE = 20;

export class Findings {
  readonly #kept: Finding[] = [];
  readonly counts = new Map<FindingCode, number>();
  faults = 0;

  add(
    code: FindingCode,
    place: { readonly file: string; readonly line?: number; readonly run?: string },
    message: string,
    isNotice = NOTICES.has(code),
  ): void {
    if (!isNotice) this.faults++;
    const count = (this.counts.get(code) ?? 0) + 1;
    this.counts.set(code, count);
    if (count > MOST_OF_A_CODE) return;
    const { file, line = 0, run } = place;
    this.#kept.push({
      severity: isNotice ? 'notice' : 'fault',
      code,
      file,
      line,
      ...(run !== undefined && { run }),
      message,
      meaning: FINDINGS[code],
    });
  }

  /** Faults first, in the order in which they were found. */
  get all(): readonly Finding[] {
    return [...this.#kept].sort((left, right) => Number(left.severity === 'notice') - Number(right.severity === 'notice'));
  }
}
