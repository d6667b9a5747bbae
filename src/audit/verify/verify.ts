/**
 * Verifies an audit trail: every line of the files against the checkpoints beside them, those of another host, and those that the runs name of each other.
 *
 * Memory: the checkpoints (some hundred bytes each), and a tree's right edge and number intervals for each run. Lines are hashed as they are read.
 */
import { statSync } from 'node:fs';
import { majorityOf } from '../../common/majority.ts';
import { unixMillis } from '../../time/clock.ts';
import { auditNumberOf, isOfRun, markOf, NEWLINE, runMark, timeOf } from '../run-tree/lines.ts';
import type { RunCheckpoint } from '../run-tree/run-checkpoint.ts';
import { Frontier } from '../tree/frontier.ts';
import { HASH_BYTES, leafHash } from '../tree/hash.ts';
import { checkpointsBeside, cosignaturesBeside, nameOf, type ReadNote, readNotes } from './checkpoints.ts';
import { Findings } from './finding.ts';
import { isAfter, KeyRing } from './key-ring.ts';
import { formOf } from './line-form.ts';
import { linesOf, STDIN } from './lines-of.ts';
import { reportOf, type VerifyReport } from './report.ts';
import { type Opening, type PlacedCheckpoint, VerifiedRun } from './run.ts';
import type { Stretch } from './stretch.ts';
import { WitnessRing } from './witness-ring.ts';

export interface VerifyOptions {
  /** Audit files, `-` for standard input. */
  readonly files: readonly string[];
  /** Texts of verifier keys. None: signatures are not checked. */
  readonly keys?: readonly string[];
  /** Files of checkpoints from another host. */
  readonly checkpoints?: readonly string[];
  /** Texts of witnesses' verifier keys, and how many of them must have cosigned a line. Default: more than half. */
  readonly witnesses?: readonly string[];
  readonly quorum?: number;
  readonly onProgress?: (bytes: number, total: number) => void;
  /** Unix milliseconds. Default: the system's clock. */
  readonly now?: () => number;
  /** Each line that is a leaf: for reports, and proofs. Valid until it returns. */
  readonly onLeaf?: (
    run: string,
    index: number,
    line: Buffer,
    hash: Buffer,
    place: { readonly file: string; readonly line: number },
  ) => void;
}

/** A file of garbage may name any number of them. */
const MOST_RUNS = 100_000;
/** Lines written again after an error stand in two files; more than that were none of ours. */
const MOST_EXTRA_LINES = 100_000;

/**
 * A run that lives has a checkpoint of each second in which lines came, and a worker that hangs is replaced after five. Events of more time than this without
 * one are no end of a process that was killed: checkpoints were removed, or could not be written.
 */
const MOST_UNPROVEN_MILLIS = 60_000;
/** A witness may be away for a while, and gets the newest checkpoint when it is back. */
const MOST_NOT_COSIGNED_MILLIS = 3_600_000;
/** The clock of the host that writes may be so much ahead of this one. */
const MOST_AHEAD_MILLIS = 60_000;

/** Where notes come from; `auditFile`: the one that they stand beside. */
interface NotesPlace {
  readonly source: Exclude<PlacedCheckpoint['source'], 'next'>;
  readonly auditFile?: string;
}

/** A file's lines of one run. */
interface Segment {
  readonly run: VerifiedRun;
  readonly file: string;
  /** Leaf behind the last, where the run goes on in another file; otherwise infinity. */
  readonly end: number;
  /** Line of the last checkpoint that agreed. */
  goodLine: number;
}

/** Rejects for files that cannot be read, and with a SyntaxError for wrong keys. All problems in the files become findings. */
export async function verifyTrail(options: VerifyOptions): Promise<VerifyReport> {
  return new Verification(options).run();
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #findings = new Findings();
  readonly #ring: KeyRing;
  readonly #witnesses: WitnessRing;
  readonly #quorum: number;
  readonly #runs = new Map<string, VerifiedRun>();
  readonly #byOrigin = new Map<string, VerifiedRun>();
  /** By the mark of their lines, as Latin-1. */
  readonly #byMark = new Map<string, VerifiedRun>();
  /** Names of the files given. */
  readonly #names: ReadonlySet<string>;
  readonly #named: { readonly previous: NonNullable<RunCheckpoint['previous']>; readonly by: PlacedCheckpoint }[] = [];
  /** By their hashes, lines that stand behind the end of their run in a file: they were written again, and are met in the next one. */
  readonly #extras = new Map<string, { readonly file: string; readonly line: number; readonly run: string }>();
  readonly #hash = Buffer.alloc(HASH_BYTES);
  /** A key that is out of use has signed: times of lines matter. */
  #hasRetired = false;
  readonly #now: () => number;
  readonly #startMillis: number;
  #bytes = 0;
  #totalBytes = 0;
  #lines = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#now = options.now ?? unixMillis;
    this.#startMillis = this.#now();
    this.#ring = new KeyRing(options.keys ?? []);
    this.#witnesses = new WitnessRing(options.witnesses ?? []);
    this.#quorum = options.quorum ?? majorityOf(this.#witnesses.names.length);
    this.#names = new Set(options.files.map(nameOf));
  }

  async run(): Promise<VerifyReport> {
    const { checkpoints: foreign = [] } = this.#options;
    const files = byName(this.#options.files);
    this.#totalBytes = files.reduce((sum, file) => sum + (file === STDIN ? 0 : statSync(file).size), 0);
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
    for (const run of this.#runs.values()) run.arrange();
    for (const file of this.#inOrder(files)) await this.#verify(file);
    const isSeen = Array.from(this.#runs.values()).some((run) => run.lines > 0 && run.cosignedBy(this.#quorum) > 0);
    for (const run of this.#runs.values()) this.#finish(run, isSeen);
    for (const place of this.#extras.values())
      this.#findings.add(
        'EXTRA_LINE',
        place,
        'A line stands behind the end of its run in this file, and nowhere in what follows.',
      );
    this.#finishTrail();
    const witnesses = { witnesses: this.#witnesses.names, quorum: this.#quorum };
    return reportOf(this.#runs.values(), this.#findings, this.#ring, witnesses, {
      bytes: this.#bytes,
      lines: this.#lines,
      files: files.length,
    });
  }

  async #read(path: string): Promise<readonly ReadNote[]> {
    const notes: ReadNote[] = [];
    for await (const note of readNotes(path, ({ reason, ...place }) =>
      this.#findings.add('DAMAGED_CHECKPOINT', place, `This is no checkpoint: ${reason}.`),
    ))
      notes.push(note);
    return notes;
  }

  #rotate({ note, ...place }: ReadNote): void {
    if (this.#ring.rotate(note)) return;
    this.#findings.add(
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
      const run = this.#runOf(name);
      if (run === undefined) continue;
      if (run.origin !== undefined && run.origin !== origin) {
        this.#findings.add('TWO_ORIGINS', { file, line, run: name }, `Its tree is ${run.origin}, and here ${origin}.`);
        continue;
      }
      run.origin = origin;
      this.#byOrigin.set(origin, run);
      const { by: witnesses, bad } = this.#witnesses.look(note);
      if (bad !== undefined)
        this.#findings.add('BAD_SIGNATURE', { file, line, run: name }, `The cosignature of ${bad} is none of this checkpoint.`);
      const retiredAt = isTrusted ? this.#ring.retiredAt(note) : undefined;
      if (retiredAt !== undefined) this.#hasRetired = true;
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
    switch (this.#ring.judge(note, time)) {
      case 'bad':
        this.#findings.add('BAD_SIGNATURE', place, `The signature of checkpoint ${number} is wrong.`);
        return false;
      case 'foreign': {
        const names = note.signatures.map(({ name }) => name).join(', ');
        this.#findings.add('FOREIGN_KEY', place, `Checkpoint ${number} is signed by ${names}.`);
        return false;
      }
      case 'retired':
        this.#findings.add('RETIRED_KEY', place, `Checkpoint ${number} says ${time}; its key had given way to another by then.`);
        return false;
      case 'unsigned':
        if (this.#ring.isEmpty) return true;
        this.#findings.add('UNSIGNED', place, `Checkpoint ${number} has no signature.`);
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
        this.#findings.add(
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
      this.#findings.add('MISSING_CHECKPOINTS', place, message, isOtherFile);
    }
    if (number < known.number || size < known.size)
      this.#findings.add(
        'CHECKPOINTS_SHRINK',
        place,
        `Checkpoint ${number} of ${size} lines follows on checkpoint ${known.number} of ${known.size}.`,
      );
  }

  /** A run names the last checkpoint that was there before it: as good as a copy on another host. */
  #takeNamed(): void {
    for (const { previous, by } of this.#named) {
      const run = this.#byOrigin.get(previous.origin);
      const { size, file: auditFile } = previous;
      if (run !== undefined)
        run.checkpoints.push({ ...by, size, root: Buffer.from(previous.root), source: 'next', witnesses: [], auditFile });
      else if (this.#isGiven(auditFile))
        this.#findings.add('MISSING_RUN', by, `${previous.origin} had ${size} lines, the last of them in ${auditFile}.`);
      else
        this.#findings.add(
          'OTHER_FILE',
          by,
          `The run before, ${previous.origin}, had ${size} lines, the last of them in ${auditFile}.`,
        );
    }
  }

  #isGiven(name: string): boolean {
    return this.#names.has(name) || this.#names.has(STDIN);
  }

  /** Undefined: there are too many. */
  #runOf(name: string): VerifiedRun | undefined {
    let run = this.#runs.get(name);
    if (run === undefined && this.#runs.size < MOST_RUNS) {
      run = new VerifiedRun(name);
      this.#runs.set(name, run);
      this.#byMark.set(runMark(name).toString('latin1'), run);
    }
    return run;
  }

  /** By name, unless what opens them says otherwise. */
  #inOrder(files: readonly string[]): readonly string[] {
    const begins = new Map(files.map((file) => [file, new Map<VerifiedRun, number>()]));
    for (const run of this.#runs.values())
      for (const { file, checkpoint } of run.openings) begins.get(file)!.set(run, checkpoint.size);
    const isBefore = (left: string, right: string) =>
      [...begins.get(left)!].some(([run, size]) => size < (begins.get(right)!.get(run) ?? -1));
    const ordered: string[] = [];
    for (const file of files) {
      const at = ordered.findIndex((each) => isBefore(file, each));
      ordered.splice(at < 0 ? ordered.length : at, 0, file);
    }
    return ordered;
  }

  async #verify(file: string): Promise<void> {
    const { onProgress } = this.#options;
    const segments = new Map<VerifiedRun, Segment>();
    const before = this.#bytes;
    let line = 0;
    for await (const { bytes, read, isUnfinished } of linesOf(file)) {
      line = this.#takeLines(file, bytes, line, segments);
      if (isUnfinished) this.#findings.add('UNFINISHED_LINE', { file, line: line + 1 }, 'The last line does not end.');
      this.#bytes = before + read;
      onProgress?.(this.#bytes, this.#totalBytes);
    }
    this.#lines += line;
    // Also runs that the file has no line of any more.
    for (const run of this.#runs.values()) {
      if (!segments.has(run) && run.openings.some((opening) => opening.file === file))
        segments.set(run, this.#begin(run, file, line));
    }
    for (const segment of segments.values()) this.#endSegment(segment, file, line);
  }

  /** Whole lines of a file. Returns the number of the last one. */
  #takeLines(file: string, bytes: Buffer, before: number, segments: Map<VerifiedRun, Segment>): number {
    let number = before;
    let mark: Buffer = NO_MARK;
    let segment: Segment | undefined;
    for (let start = 0, end = bytes.indexOf(NEWLINE); end >= 0; start = end + 1, end = bytes.indexOf(NEWLINE, start)) {
      number++;
      const line = bytes.subarray(start, end);
      if (segment === undefined || !isOfRun(line, mark)) {
        const own = markOf(line);
        if (own === undefined) {
          this.#unowned(line, file, number);
          continue;
        }
        mark = own;
        const run = this.#byMark.get(own.toString('latin1')) ?? this.#runOf(runNamed(own));
        if (run === undefined) continue;
        segment = segments.get(run) ?? this.#begin(run, file, number);
        segments.set(run, segment);
      }
      this.#leaf(segment, line, file, number);
    }
    return number;
  }

  /** The lines of a run in a file begin. */
  #begin(run: VerifiedRun, file: string, line: number): Segment {
    const { openings } = run;
    // A file that was moved away is opened a second time under its name: what stands in it now begins there.
    const opening = openings.findLast((each) => each.file === file);
    const place = { file, line, run: run.run };
    const isFirst = run.lines === 0 && run.frontier.size === 0;
    if (opening !== undefined) {
      const { checkpoint } = opening;
      const { size } = checkpoint;
      if (size > run.frontier.size && !run.isBroken) {
        const message = `The lines ${run.frontier.size + 1} to ${size} of the run stand in no file that was given.`;
        this.#findings.add(isFirst ? 'UNREAD_BEGINNING' : 'MISSING_LINES', place, message);
      }
      if (size < run.frontier.size && !run.isBroken)
        this.#findings.add(
          'OUT_OF_PLACE',
          place,
          `The lines of this file begin at ${size + 1}, and ${run.frontier.size} have been read already.`,
        );
      if (isFirst) run.begin = size;
      if (size !== run.frontier.size || run.isBroken) this.#resume(run, opening, place);
    }
    const begin = run.frontier.size;
    const number = opening?.checkpoint.number ?? 0;
    const later = openings.filter(({ checkpoint }) => checkpoint.number > number && checkpoint.size >= begin);
    const end = Math.min(...later.map(({ checkpoint }) => checkpoint.size));
    return { run, file, end, goodLine: line - 1 };
  }

  #resume(
    run: VerifiedRun,
    { checkpoint, isTrusted }: Opening,
    place: { readonly file: string; readonly line: number; readonly run: string },
  ): void {
    if (!Frontier.of(checkpoint.size, checkpoint.frontier!.nodes()).root().equals(checkpoint.root)) {
      this.#findings.add('CHANGED', place, 'The tree that the checkpoint opens the file with has not the root that it says.');
      return;
    }
    if (!isTrusted) return;
    run.resume(checkpoint);
    // The opening first: it is the one that others of its size are held against. No line that follows is.
    this.#compare({ run, file: place.file, end: Number.POSITIVE_INFINITY, goodLine: place.line - 1 }, place.line);
  }

  #leaf(segment: Segment, line: Buffer, file: string, number: number): void {
    const { run } = segment;
    run.lines++;
    run.lastFile = file;
    run.lastLine = number;
    leafHash(line, this.#hash);
    if (this.#extras.size > 0) this.#extras.delete(this.#hash.toString('latin1'));
    const index = run.frontier.size;
    if (index >= segment.end && !run.isBroken) {
      this.#extra(line, file, number, run.run);
      return;
    }
    run.frontier.append(this.#hash);
    if (this.#hasRetired) {
      const time = timeOf(line);
      if (time > run.latest) run.latest = time;
    }
    const auditNumber = auditNumberOf(line);
    if (auditNumber !== undefined) run.numbers.add(auditNumber);
    const { kind, unixMillis } = formOf(line);
    run.note(kind, this.#soFar(unixMillis));
    this.#options.onLeaf?.(run.run, index, line, this.#hash, { file, line: number });
    if (run.frontier.size >= run.nextSize) this.#compare(segment, number);
  }

  /**
   * What a run that lives has written since the checkpoints were read may have checkpoints by now: its time is that of the start. A time that is still to come
   * is nothing of the kind.
   */
  #soFar(unixMillis: number): number {
    const isMeanwhile = unixMillis > this.#startMillis && unixMillis <= this.#now() + MOST_AHEAD_MILLIS;
    return isMeanwhile ? this.#startMillis : unixMillis;
  }

  /** The tree is as large as the next checkpoints. */
  #compare(segment: Segment, line: number): void {
    const { run, goodLine } = segment;
    const root = run.frontier.root();
    for (const checkpoint of run.due()) {
      if (run.isBroken) continue;
      const { size, time, source, isTrusted, file, retiredAt } = checkpoint;
      if (root.equals(checkpoint.root)) {
        segment.goodLine = line;
        if (retiredAt !== undefined && run.latest !== '' && isAfter(run.latest, retiredAt))
          this.#findings.add(
            'RETIRED_KEY',
            { file, line: checkpoint.line, run: run.run },
            `The checkpoint says ${time} and covers a line of ${run.latest}; its key had given way to another at ${retiredAt}.`,
          );
        else if (isTrusted) run.prove(checkpoint);
        continue;
      }
      const between = `the lines ${goodLine + 1} to ${line}`;
      const made = `the checkpoint of ${time} (${file}:${checkpoint.line}) covers ${size} lines`;
      if (run.proven === size)
        this.#findings.add(
          'FORK',
          { file, line: checkpoint.line, run: run.run },
          `Another checkpoint of ${size} lines agrees with the file; ${made}.`,
        );
      else
        this.#findings.add(
          'CHANGED',
          { file: segment.file, line: goodLine + 1, run: run.run },
          `Among ${between} at least one was changed, inserted, deleted or moved: ${made}${SOURCES[source]}, and has another root.`,
        );
      run.isBroken = true;
    }
  }

  #extra(line: Buffer, file: string, number: number, run: string): void {
    const place = { file, line: number, run };
    if (!isJson(line)) this.#findings.add('DAMAGED_LINE', place, 'A line behind the end of the run in this file is no JSON.');
    else if (this.#extras.size < MOST_EXTRA_LINES) this.#extras.set(this.#hash.toString('latin1'), place);
    else this.#findings.add('EXTRA_LINE', place, 'A line stands behind the end of its run in this file.');
  }

  #unowned(line: Buffer, file: string, number: number): void {
    if (line.length === 0) return;
    const place = { file, line: number };
    if (isJson(line)) this.#findings.add('NO_RUN', place, 'A line has no member "run".');
    else this.#findings.add('DAMAGED_LINE', place, 'A line is no JSON, and says no run.');
  }

  #endSegment({ run, end }: Segment, file: string, line: number): void {
    if (run.isBroken || end === Number.POSITIVE_INFINITY || run.frontier.size >= end) return;
    this.#findings.add(
      'MISSING_LINES',
      { file, line, run: run.run },
      `The run has ${end} lines when it leaves this file; ${end - run.frontier.size} of them are missing.`,
    );
    run.isBroken = true;
  }

  /** Who gives keys expects checkpoints that they have signed: without a single one the files may say anything. */
  #finishTrail(): void {
    const isAsked = !this.#ring.isEmpty || this.#witnesses.names.length > 0;
    if (!isAsked || this.#lines === 0 || this.#findings.faults > 0) return;
    const believed = (run: VerifiedRun) => run.lines > 0 && run.checkpoints.some(({ isTrusted }) => isTrusted);
    if (Array.from(this.#runs.values()).some(believed)) return;
    this.#findings.add('NOTHING_PROVEN', { file: this.#options.files[0]! }, `The files have ${this.#lines} lines.`);
  }

  /** `isSeen`: enough witnesses have cosigned lines of any run. */
  #finish(run: VerifiedRun, isSeen: boolean): void {
    const findings = this.#findings;
    const { size } = run.frontier;
    const place = { file: run.lastFile ?? this.#options.files[0]!, line: run.lastLine, run: run.run };
    if (!run.isBroken) {
      const missing = run.left.filter(({ size: covered }) => covered > size);
      const here = missing.find(
        ({ source, auditFile }) => source === 'beside' || source === 'cosigned' || this.#isGiven(auditFile),
      );
      const elsewhere = missing.find((each) => each !== here);
      if (here !== undefined) {
        const made = `The checkpoint of ${here.time} (${here.file}:${here.line})${SOURCES[here.source]}`;
        findings.add(
          'MISSING_LINES',
          place,
          `${made} covers ${here.size} lines; ${here.size - size} of them are missing behind line ${run.lastLine}.`,
        );
        run.isBroken = true;
      } else if (elsewhere !== undefined)
        findings.add(
          'OTHER_FILE',
          elsewhere,
          `A checkpoint covers ${elsewhere.size} lines of the run, the last of them in ${elsewhere.auditFile}.`,
        );
    }
    if (run.lines === 0) return;
    const { unproven } = run;
    const isNotice = this.#ring.isEmpty || unproven.isAtMost(MOST_UNPROVEN_MILLIS);
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
    this.#finishWitnesses(run, place, isSeen);
    this.#finishNumbers(run, place);
    if (!run.hasEnded && run.checkpoints.length > 0) findings.add('NOT_ENDED', place, 'The last checkpoint is none of an end.');
  }

  #finishWitnesses(
    run: VerifiedRun,
    place: { readonly file: string; readonly line: number; readonly run: string },
    isSeen: boolean,
  ): void {
    const wanted = this.#witnesses.names.length;
    const cosigned = run.cosignedBy(this.#quorum);
    if (wanted === 0 || cosigned >= run.frontier.size) return;
    const lines = run.notCosignedBy(this.#quorum);
    const which = cosigned === 0 ? 'No line of the run is' : `Lines of the run behind number ${cosigned} are not`;
    const goesOn = run.goesOn
      ? ' The run goes on in another file, and what was cosigned there may cover them: give the file that follows too.'
      : '';
    this.#findings.add(
      'NOT_COSIGNED',
      place,
      `${which} cosigned by ${this.#quorum} of ${wanted} witnesses${contentsOf(lines)}.${goesOn}`,
      isSeen && (run.goesOn || lines.isAtMost(MOST_NOT_COSIGNED_MILLIS)),
    );
  }

  #finishNumbers(run: VerifiedRun, place: { readonly file: string; readonly line: number; readonly run: string }): void {
    const { numbers } = run;
    if (numbers.repeated > 0)
      this.#findings.add('REPEATED_NUMBERS', place, `${numbers.repeated} events of the run have a number that another line has.`);
    if (run.begin > 0 || run.isBroken) return;
    const gaps = numbers.gaps(1);
    if (gaps.length === 0 && !numbers.isScattered) return;
    const shown = gaps.slice(0, 10).map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`));
    const count = gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    // Events in the rings of a process that was killed were never written.
    this.#findings.add(
      'MISSING_NUMBERS',
      place,
      `${count} events are missing: ${shown.join(', ')}${gaps.length > 10 ? ', …' : ''}.`,
      !run.hasEnded,
    );
  }
}

const NO_MARK: Buffer = Buffer.alloc(0);

const SOURCES: Readonly<Record<PlacedCheckpoint['source'], string>> = {
  beside: '',
  cosigned: ' that a witness has cosigned',
  foreign: ' of another host',
  next: ', which the next run names',
};

/** Of lines without proof, what is more than the last events of a process that was killed. */
function contentsOf({ millis, lines, events, foreign }: Stretch): string {
  const seconds = millis < 1_000 ? [] : [`from ${Math.round(millis / 1_000)} s`];
  const others = events === lines ? [] : [`${lines - events} of them no audit events`];
  const odd = foreign === 0 ? [] : [`${foreign} of them not as hft-otel writes lines`];
  return [...seconds, ...others, ...odd].map((text) => `, ${text}`).join('');
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}

function runNamed(mark: Buffer): string {
  const text = mark.toString();
  try {
    return JSON.parse(text.slice(text.indexOf(':') + 1)) as string;
  } catch {
    return text;
  }
}

/** `audit-2026-11-28.jsonl`, `audit-2026-11-28.1.jsonl`, `audit-2026-11-29.jsonl`: a number comes behind the file without one. */
function byName(files: readonly string[]): readonly string[] {
  const key = (file: string) => {
    const [, stem = file, number = '0'] = /^(.*?)(?:\.(\d+))?(?:\.[A-Za-z][^./]*)*$/s.exec(file) ?? [];
    return { stem, number: Number(number) };
  };
  return [...new Set(files)].sort((left, right) => {
    const [a, b] = [key(left), key(right)];
    return a.stem === b.stem ? a.number - b.number : a.stem < b.stem ? -1 : 1;
  });
}
