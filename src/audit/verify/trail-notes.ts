/**
 * The checkpoints that speak of a trail, taken into their runs: those beside its files, those of other hosts, and those that the runs name of each other.
 */
import type { RunCheckpoint } from '../run-tree/run-checkpoint.ts';
import { checkpointsBeside, cosignaturesBeside, type ReadNote, readNotes } from './checkpoints.ts';
import { STDIN } from './lines-of.ts';
import type { PlacedCheckpoint, VerifiedRun } from './run.ts';
import type { VerifyScope } from './scope.ts';

/** Where notes come from; `auditFile`: the one that they stand beside. */
interface NotesPlace {
  readonly source: Exclude<PlacedCheckpoint['source'], 'next'>;
  readonly auditFile?: string;
}

export class TrailNotes {
  readonly #scope: VerifyScope;
  readonly #named: { readonly previous: NonNullable<RunCheckpoint['previous']>; readonly by: PlacedCheckpoint }[] = [];
  /** A key that is out of use has signed: times of lines matter. */
  hasRetired = false;

  constructor(scope: VerifyScope) {
    this.#scope = scope;
  }

  /** `files`: of the trail. `foreign`: of checkpoints from another host. */
  async take(files: readonly string[], foreign: readonly string[]): Promise<void> {
    const read: { readonly notes: readonly ReadNote[]; readonly place: NotesPlace }[] = [];
    for (const file of files) {
      if (file === STDIN) continue;
      const [path, cosigned] = [checkpointsBeside(file), cosignaturesBeside(file)];
      if (path !== undefined) read.push({ notes: await this.#read(path), place: { source: 'beside', auditFile: file } });
      if (cosigned !== undefined) read.push({ notes: await this.#read(cosigned), place: { source: 'cosigned' } });
    }
    for (const path of foreign) read.push({ notes: await this.#read(path), place: { source: 'foreign' } });
    // Keys first: a checkpoint may be signed by one that a later note hands over to.
    for (const { notes } of read) for (const note of notes) if (note.checkpoint === undefined) this.#rotate(note);
    for (const { notes, place } of read) this.#take(notes, place);
    this.#takeNamed();
    for (const run of this.#scope.runs) run.arrange();
  }

  async #read(path: string): Promise<readonly ReadNote[]> {
    const notes: ReadNote[] = [];
    for await (const note of readNotes(path, ({ reason, ...place }) =>
      this.#scope.findings.add('DAMAGED_CHECKPOINT', place, `This is no checkpoint: ${reason}.`),
    ))
      notes.push(note);
    return notes;
  }

  #rotate({ note, ...place }: ReadNote): void {
    if (this.#scope.keys.rotate(note)) return;
    this.#scope.findings.add(
      'BAD_SIGNATURE',
      place,
      'A rotation of keys is not signed by both of them, or names another successor than one before.',
    );
  }

  /** The checkpoints of one file. */
  #take(notes: readonly ReadNote[], { source, auditFile: beside }: NotesPlace): void {
    const last = new Map<string, RunCheckpoint>();
    for (const { note, checkpoint, file, line } of notes) {
      if (checkpoint === undefined) continue;
      const { origin, run: name, size, root, time, previous } = checkpoint;
      const isTrusted = this.#judge(note, checkpoint, file, line);
      const run = this.#scope.runs.named(name);
      if (run === undefined) continue;
      if (!this.#scope.runs.setOrigin(run, origin)) {
        this.#scope.findings.add('TWO_ORIGINS', { file, line, run: name }, `Its tree is ${run.origin}, and here ${origin}.`);
        continue;
      }
      const { by: witnesses, bad } = this.#scope.witnesses.look(note);
      if (bad !== undefined)
        this.#scope.findings.add(
          'BAD_SIGNATURE',
          { file, line, run: name },
          `The cosignature of ${bad} is none of this checkpoint.`,
        );
      const retiredAt = isTrusted ? this.#scope.keys.retiredAt(note) : undefined;
      if (retiredAt !== undefined) this.hasRetired = true;
      const placed: PlacedCheckpoint = {
        size,
        root,
        file,
        line,
        time,
        source,
        isTrusted,
        witnesses,
        retiredAt,
        auditFile: checkpoint.file,
      };
      run.checkpoints.push(placed);
      if (previous !== undefined) this.#named.push({ previous, by: placed });
      if (beside === undefined) continue;
      this.#follow(last.get(origin), placed, checkpoint, run);
      last.set(origin, checkpoint);
      if (checkpoint.frontier !== undefined) run.openings.push({ file: beside, checkpoint, isTrusted });
      run.last = checkpoint;
    }
  }

  #judge(note: ReadNote['note'], { run, number, time }: RunCheckpoint, file: string, line: number): boolean {
    const place = { file, line, run };
    switch (this.#scope.keys.judge(note, time)) {
      case 'bad':
        this.#scope.findings.add('BAD_SIGNATURE', place, `The signature of checkpoint ${number} is wrong.`);
        return false;
      case 'foreign': {
        const names = note.signatures.map(({ name }) => name).join(', ');
        this.#scope.findings.add('FOREIGN_KEY', place, `Checkpoint ${number} is signed by ${names}.`);
        return false;
      }
      case 'retired':
        this.#scope.findings.add(
          'RETIRED_KEY',
          place,
          `Checkpoint ${number} says ${time}; its key had given way to another by then.`,
        );
        return false;
      case 'unsigned':
        if (this.#scope.keys.isEmpty) return true;
        this.#scope.findings.add('UNSIGNED', place, `Checkpoint ${number} has no signature.`);
        return false;
      default:
        return true;
    }
  }

  /** `before`: of the same run, in the same file. */
  #follow(
    before: RunCheckpoint | undefined,
    { file, line }: PlacedCheckpoint,
    checkpoint: RunCheckpoint,
    run: VerifiedRun,
  ): void {
    const { number, size, frontier } = checkpoint;
    const place = { file, line, run: run.run };
    const known = before ?? run.last;
    if (known === undefined) {
      if (number > 1 && frontier === undefined)
        this.#scope.findings.add(
          'MISSING_CHECKPOINTS',
          place,
          `The first checkpoint of the run in this file is number ${number}, and none that opens a file.`,
        );
      return;
    }
    if (number > known.number + 1) {
      // A file between them was not given: what that means is said where its lines are missing.
      const isOtherFile = before === undefined && frontier !== undefined;
      const message = `Checkpoint ${number} follows on ${known.number}: ${number - known.number - 1} are missing.`;
      this.#scope.findings.add('MISSING_CHECKPOINTS', place, message, isOtherFile);
    }
    if (number < known.number || size < known.size)
      this.#scope.findings.add(
        'CHECKPOINTS_SHRINK',
        place,
        `Checkpoint ${number} of ${size} lines follows on checkpoint ${known.number} of ${known.size}.`,
      );
  }

  /** A run names the last checkpoint that was there before it: as good as a copy on another host. */
  #takeNamed(): void {
    for (const { previous, by } of this.#named) {
      const run = this.#scope.runs.ofOrigin(previous.origin);
      const { size, file: auditFile } = previous;
      if (run !== undefined)
        run.checkpoints.push({ ...by, size, root: Buffer.from(previous.root), source: 'next', witnesses: [], auditFile });
      else if (this.#scope.isGiven(auditFile))
        this.#scope.findings.add('MISSING_RUN', by, `${previous.origin} had ${size} lines, the last of them in ${auditFile}.`);
      else
        this.#scope.findings.add(
          'OTHER_FILE',
          by,
          `The run before, ${previous.origin}, had ${size} lines, the last of them in ${auditFile}.`,
        );
    }
  }
}
