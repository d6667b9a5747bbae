/**
 * Which audit file is written now: one answer for the worker, for callers that write through and for the rescue, in words of the run.
 * Instances that take each other's place under one `service.instance.id` share them.
 *
 * ```
 *   i64 RUN_AUDIT_FILE_INDEX   period (digits of the label: 20261123, 2026112314; 1 without rotation) × 2^17 + number × 2 + side
 *   i32 RUN_AUDIT_GUESTS   callers that are writing into the file of side 0; the next word: of side 1
 * ```
 *
 * The period follows the clock, and only forward: the first to see a later one stores it, and a clock that is set back leaves the file at hand in place. A run
 * never returns to a file that it has left, so the order of its lines is one file after the other. The number is raised when a file is given up within its period: after a sync that failed
 * (nobody may go on appending to it: lines might never reach the disk, and nobody would be told), or when it is as long as the process may make it.
 * The side changes with each store.
 *
 * A caller enters before it writes and leaves afterwards. A thread that has stored another file waits for the callers of the side before (`guestsOf`). After
 * that, nothing of this process comes into the old file any more, and a last look at it sees all of its lines.
 */
import { basename, extname } from 'node:path';
import { asideName } from '../files/rotation.ts';
import type { Block } from '../memory/block.ts';
import { RUN_AUDIT_FILE_INDEX, RUN_AUDIT_GUESTS } from '../memory/run.ts';
import { type AuditTarget, auditFilePath, periodLabel } from './format.ts';

const NUMBER_SHIFT = 1n;
const PERIOD_SHIFT = 17n;
const MOST_NUMBERS = 1n << (PERIOD_SHIFT - NUMBER_SHIFT);

/** One file of the trail. */
export interface TrailFile {
  /** The shared word's value for it. */
  readonly key: bigint;
  readonly path: string;
  /** The path of the period's first file. */
  readonly name: string;
  /** 0 for the first file of its period. */
  readonly number: number;
}

export class CurrentFile {
  readonly #target: AuditTarget;
  readonly #now: () => number;
  readonly #files: BigInt64Array;
  readonly #words: Int32Array;

  /** `run`: see memory/run.ts. `now`: Unix milliseconds. */
  constructor(target: AuditTarget, run: Block, now: () => number) {
    this.#target = target;
    this.#now = now;
    this.#files = run.nanos;
    this.#words = run.words;
  }

  /** The file that lines of now belong to. */
  get(): TrailFile {
    for (;;) {
      const known = this.key;
      const period = periodOf(periodLabel(this.#target, this.#now()));
      if (known >> PERIOD_SHIFT >= period) return this.fileOf(known);
      const next = (period << PERIOD_SHIFT) | otherSide(known);
      if (Atomics.compareExchange(this.#files, RUN_AUDIT_FILE_INDEX, known, next) === known) return this.fileOf(next);
    }
  }

  /** Of the file stored last, whatever the clock says; 0n before the first. */
  get key(): bigint {
    return Atomics.load(this.#files, RUN_AUDIT_FILE_INDEX);
  }

  /** `get` for a caller that is about to write; {@link leave} is to follow. */
  enter(): TrailFile {
    for (;;) {
      const file = this.get();
      Atomics.add(this.#words, guestWord(file.key), 1);
      // Stored meanwhile: the thread that did may not have seen us enter. Partner: the load in `guestsOf`.
      if (this.key === file.key) return file;
      this.leave(file);
    }
  }

  leave({ key }: TrailFile): void {
    Atomics.sub(this.#words, guestWord(key), 1);
  }

  /** Callers that may still be writing into the file. To be asked when another one is stored. */
  guestsOf({ key }: TrailFile): number {
    return Atomics.load(this.#words, guestWord(key));
  }

  /** Stores that the numbered file at `path` has taken the place of `file`. False: another file has already. */
  succeed(file: TrailFile, path: string): boolean {
    const number = BigInt(numberOf(file.name, path));
    if (number >= MOST_NUMBERS) return false;
    const next = ((file.key >> PERIOD_SHIFT) << PERIOD_SHIFT) | (number << NUMBER_SHIFT) | otherSide(file.key);
    return Atomics.compareExchange(this.#files, RUN_AUDIT_FILE_INDEX, file.key, next) === file.key;
  }

  /** The file of a value that the word has had. */
  fileOf(key: bigint): TrailFile {
    const name = auditFilePath(this.#target, labelOfPeriod(key >> PERIOD_SHIFT));
    const number = Number((key >> NUMBER_SHIFT) % MOST_NUMBERS);
    return { key, name, number, path: number === 0 ? name : asideName(name, String(number)) };
  }
}

function periodOf(label: string): bigint {
  return label === '' ? 1n : BigInt(label.replaceAll(/\D/g, ''));
}

function labelOfPeriod(period: bigint): string {
  const [, year, month, day, hour] = /^(\d{4})(\d\d)(\d\d)(\d\d)?$/.exec(String(period)) ?? [];
  if (year === undefined) return '';
  return `${year}-${month}-${day}${hour === undefined ? '' : `T${hour}`}`;
}

function otherSide(key: bigint): bigint {
  return (key & 1n) ^ 1n;
}

function guestWord(key: bigint): number {
  return RUN_AUDIT_GUESTS + Number(key & 1n);
}

function numberOf(name: string, path: string): number {
  const extension = extname(name);
  return Number(basename(path, extension).slice(basename(name, extension).length + 1));
}
