/**
 * The lines of a trail, read once: each is a leaf of its run's tree, which is compared with the checkpoints of the sizes that it passes through.
 */
import { auditNumberOf, isOfRun, markOf, NEWLINE, timeOf } from '../run-tree/lines.ts';
import { Frontier } from '../tree/frontier.ts';
import { HASH_BYTES, leafHash } from '../tree/hash.ts';
import { isAfter } from './key-ring.ts';
import { formOf } from './line-form.ts';
import { linesOf } from './lines-of.ts';
import type { Opening, VerifiedRun } from './run.ts';
import { type RunPlace, SOURCES, type VerifyScope } from './scope.ts';

/** Lines written again after an error stand in two files; more than that were none of ours. */
const MOST_EXTRA_LINES = 100_000;

/** The clock of the host that writes may be so much ahead of this one. */
const MOST_AHEAD_MILLIS = 60_000;

/** A file's lines of one run. */
interface Segment {
  readonly run: VerifiedRun;
  readonly file: string;
  /** Leaf behind the last, where the run goes on in another file; otherwise infinity. */
  readonly end: number;
  /** Line of the last checkpoint that agreed. */
  goodLine: number;
}

/** Takes each line that is a leaf, for reports and proofs. `line` and `hash` are valid until it returns. */
export type OnLeaf = (
  run: string,
  index: number,
  line: Buffer,
  hash: Buffer,
  place: { readonly file: string; readonly line: number },
) => void;

export interface TrailLinesOptions {
  /** A key that is out of use has signed: times of lines matter. */
  readonly hasRetired: boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** When the checkpoints were read. */
  readonly startMillis: number;
  readonly onLeaf: OnLeaf | undefined;
  /** `bytes`: of all files so far. */
  readonly onProgress: (bytes: number) => void;
}

export class TrailLines {
  readonly #scope: VerifyScope;
  readonly #options: TrailLinesOptions;
  /** By their hashes, lines that stand behind the end of their run in a file: they were written again, and are met in the next one. */
  readonly #extras = new Map<string, RunPlace>();
  readonly #hash = Buffer.alloc(HASH_BYTES);
  bytes = 0;
  lines = 0;

  constructor(scope: VerifyScope, options: TrailLinesOptions) {
    this.#scope = scope;
    this.#options = options;
  }

  /** The next file; see file-order.ts. */
  async read(file: string): Promise<void> {
    const segments = new Map<VerifiedRun, Segment>();
    const before = this.bytes;
    let line = 0;
    for await (const { bytes, read, isUnfinished } of linesOf(file)) {
      line = this.#takeLines(file, bytes, line, segments);
      if (isUnfinished) this.#scope.findings.add('UNFINISHED_LINE', { file, line: line + 1 }, 'The last line does not end.');
      this.bytes = before + read;
      this.#options.onProgress(this.bytes);
    }
    this.lines += line;
    // Also runs that the file has no line of any more.
    for (const run of this.#scope.runs) {
      if (!segments.has(run) && run.openings.some((opening) => opening.file === file))
        segments.set(run, this.#begin(run, file, line));
    }
    for (const segment of segments.values()) this.#endSegment(segment, file, line);
  }

  /** All files were read. */
  finish(): void {
    for (const place of this.#extras.values())
      this.#scope.findings.add(
        'EXTRA_LINE',
        place,
        'A line stands behind the end of its run in this file, and nowhere in what follows.',
      );
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
        const run = this.#scope.runs.marked(own);
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
        this.#scope.findings.add(isFirst ? 'UNREAD_BEGINNING' : 'MISSING_LINES', place, message);
      }
      if (size < run.frontier.size && !run.isBroken)
        this.#scope.findings.add(
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

  #resume(run: VerifiedRun, { checkpoint, isTrusted }: Opening, place: RunPlace): void {
    if (!Frontier.of(checkpoint.size, checkpoint.frontier!.nodes()).root().equals(checkpoint.root)) {
      this.#scope.findings.add(
        'CHANGED',
        place,
        'The tree that the checkpoint opens the file with has not the root that it says.',
      );
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
    if (this.#options.hasRetired) {
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
    const { now, startMillis } = this.#options;
    const isMeanwhile = unixMillis > startMillis && unixMillis <= now() + MOST_AHEAD_MILLIS;
    return isMeanwhile ? startMillis : unixMillis;
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
          this.#scope.findings.add(
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
        this.#scope.findings.add(
          'FORK',
          { file, line: checkpoint.line, run: run.run },
          `Another checkpoint of ${size} lines agrees with the file; ${made}.`,
        );
      else
        this.#scope.findings.add(
          'CHANGED',
          { file: segment.file, line: goodLine + 1, run: run.run },
          `Among ${between} at least one was changed, inserted, deleted or moved: ${made}${SOURCES[source]}, and has another root.`,
        );
      run.isBroken = true;
    }
  }

  #extra(line: Buffer, file: string, number: number, run: string): void {
    const place = { file, line: number, run };
    if (!isJson(line))
      this.#scope.findings.add('DAMAGED_LINE', place, 'A line behind the end of the run in this file is no JSON.');
    else if (this.#extras.size < MOST_EXTRA_LINES) this.#extras.set(this.#hash.toString('latin1'), place);
    else this.#scope.findings.add('EXTRA_LINE', place, 'A line stands behind the end of its run in this file.');
  }

  #unowned(line: Buffer, file: string, number: number): void {
    if (line.length === 0) return;
    const place = { file, line: number };
    if (isJson(line)) this.#scope.findings.add('NO_RUN', place, 'A line has no member "run".');
    else this.#scope.findings.add('DAMAGED_LINE', place, 'A line is no JSON, and says no run.');
  }

  #endSegment({ run, end }: Segment, file: string, line: number): void {
    if (run.isBroken || end === Number.POSITIVE_INFINITY || run.frontier.size >= end) return;
    this.#scope.findings.add(
      'MISSING_LINES',
      { file, line, run: run.run },
      `The run has ${end} lines when it leaves this file; ${end - run.frontier.size} of them are missing.`,
    );
    run.isBroken = true;
  }
}

const NO_MARK: Buffer = Buffer.alloc(0);

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}
