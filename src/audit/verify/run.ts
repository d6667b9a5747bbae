/**
 * One run as a verifier sees it: the checkpoints that speak of it, and the tree that grows with its lines as they are read.
 */

import type { RunCheckpoint } from '../run-tree/run-checkpoint.ts';
import { Frontier } from '../tree/frontier.ts';
import type { LineForm } from './line-form.ts';
import { NumbersSeen } from './numbers.ts';
import { Stretch } from './stretch.ts';

/** A checkpoint, and where it stands. */
export interface PlacedCheckpoint {
  readonly size: number;
  readonly root: Buffer;
  /** Of the file of checkpoints; of the one that names it as the run before. */
  readonly file: string;
  readonly line: number;
  readonly time: string;
  /** Name of the audit file that its last line stands in. */
  readonly auditFile: string;
  /** `beside`: the files that are verified. `foreign`: of another host. `next`: named by the run that followed. `cosigned`: beside the files, as a witness has seen it. */
  readonly source: 'beside' | 'foreign' | 'next' | 'cosigned';
  /** Witnesses that have cosigned it; see WitnessRing. */
  readonly witnesses: readonly number[];
  /** Its signature was good, or none was asked for. */
  readonly isTrusted: boolean;
  /** Since when its key is out of use; undefined: it is in use. */
  readonly retiredAt: string | undefined;
}

/** The first checkpoint of a run in a file. */
export interface Opening {
  /** Path of the audit file. */
  readonly file: string;
  readonly checkpoint: RunCheckpoint;
  readonly isTrusted: boolean;
}

interface Cosigned {
  readonly size: number;
  readonly proven: Stretch;
}

export class VerifiedRun {
  readonly run: string;
  origin: string | undefined;
  /** By size, once {@link arrange} was called. */
  readonly checkpoints: PlacedCheckpoint[] = [];
  readonly openings: Opening[] = [];
  /** The last one that stands beside the files. */
  last: RunCheckpoint | undefined;
  frontier = new Frontier();
  readonly numbers = new NumbersSeen();
  /** Leaf that its first line read is. */
  begin = 0;
  /** A checkpoint did not agree: what follows cannot be judged until a further file begins. */
  isBroken = false;
  /** Leaves that a good checkpoint covers; of those, the ones that a copy on another host covers, or the run that followed. */
  proven = 0;
  provenElsewhere = 0;
  provenTime: string | undefined;
  /** By witness: leaves that it has cosigned, and the lines from there to the proven leaves. */
  readonly #cosigned = new Map<number, Cosigned>();
  /** The same where no witness has cosigned any. */
  readonly #proven = new Stretch();
  /** Behind the proven leaves. */
  #behind = new Stretch();
  lines = 0;
  lastFile: string | undefined;
  lastLine = 0;
  /** Latest time of a line, where a key that is out of use has signed. */
  latest = '';
  #next = 0;

  constructor(run: string) {
    this.run = run;
  }

  /** The tree ends where the run has gone on to a file that was not given. */
  get goesOn(): boolean {
    const { last, openings } = this;
    return (
      last?.why === 'rotation' &&
      last.size === this.frontier.size &&
      this.proven === last.size &&
      openings.every(({ checkpoint }) => checkpoint.number < last.number)
    );
  }

  /** In order: `close`, `shutdown`, the end of the process. */
  get hasEnded(): boolean {
    return this.last?.why === 'end';
  }

  prove({ size, time, source, witnesses }: PlacedCheckpoint): void {
    this.proven = size;
    this.provenTime = time;
    // What stands beside the files is as good as a copy elsewhere once somebody elsewhere has signed it.
    if (source === 'foreign' || source === 'next' || witnesses.length > 0) this.provenElsewhere = size;
    for (const { proven } of [{ proven: this.#proven }, ...this.#cosigned.values()]) proven.join(this.#behind);
    this.#behind = new Stretch();
    for (const witness of witnesses) this.#cosigned.set(witness, { size, proven: new Stretch() });
  }

  /** Leaves that so many witnesses have cosigned. */
  cosignedBy(quorum: number): number {
    return this.#cosignedBy(quorum)?.size ?? 0;
  }

  /** A line of the run was read; see {@link Stretch.add}. */
  note(kind: LineForm['kind'], unixMillis: number): void {
    this.#behind.add(kind, unixMillis);
  }

  /** Lines that no good checkpoint covers. */
  get unproven(): Stretch {
    return this.#behind;
  }

  /** Lines that fewer witnesses have cosigned. */
  notCosignedBy(quorum: number): Stretch {
    const lines = new Stretch();
    lines.join(this.#cosignedBy(quorum)?.proven ?? this.#proven);
    lines.join(this.#behind);
    return lines;
  }

  #cosignedBy(quorum: number): Cosigned | undefined {
    return [...this.#cosigned.values()].sort((left, right) => right.size - left.size)[quorum - 1];
  }

  arrange(): void {
    this.checkpoints.sort((left, right) => left.size - right.size);
  }

  /** The checkpoints of the tree's present size; each is given once. */
  *due(): Generator<PlacedCheckpoint> {
    while (this.#next < this.checkpoints.length && this.checkpoints[this.#next]!.size <= this.frontier.size) {
      const checkpoint = this.checkpoints[this.#next++]!;
      if (checkpoint.size === this.frontier.size) yield checkpoint;
    }
  }

  /** Size of the next checkpoint; infinity when there is none. */
  get nextSize(): number {
    return this.checkpoints[this.#next]?.size ?? Number.POSITIVE_INFINITY;
  }

  /** Those that no tree was large enough for. */
  get left(): readonly PlacedCheckpoint[] {
    return this.checkpoints.slice(this.#next);
  }

  /** The tree goes on from a checkpoint that opens a file. */
  resume(opening: RunCheckpoint): void {
    this.frontier = Frontier.of(opening.size, opening.frontier!.nodes());
    this.isBroken = false;
    while (this.#next < this.checkpoints.length && this.checkpoints[this.#next]!.size < opening.size) this.#next++;
  }
}
