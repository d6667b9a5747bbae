/**
 * The audit file that is written now: one answer for the worker, for callers that write through and for the rescue, in words of the run.
 * Instances that replace each other under one `service.instance.id` share them.
 *
 * ```
 *   i64 RUN_AUDIT_FILE_INDEX   stores so far × 2^52 + period (digits of the label: 20261123, 2026112314; 1 without rotation) × 2^17 + number × 2 + side
 *   i32 RUN_AUDIT_GUESTS   callers that are writing into the file of side 0; the next word: of side 1
 * ```
 *
 * The period follows the clock, and only forward: the first to see a later one stores it, and a clock that is set back leaves the file at hand in place. A run
 * never returns to a file that it has left, so the order of its lines is one file after the other. The number is raised when a file is given up within its
 * period: after a sync that failed (no thread may go on appending to it: lines might never reach the disk, without an error), or when it is as long as the
 * process may make it. The side changes with each store.
 *
 * A caller enters before it writes and leaves afterwards. A thread that has stored another file waits for the callers of the side before (`guestsOf`). After
 * that, nothing of this process comes into the old file any more, and a last look at it sees all of its lines.
 */
import { basename, dirname, extname } from 'node:path';
import { namesIn } from '../files/descriptor.ts';
import { asideName } from '../files/rotation.ts';
import type { Steps } from '../files/steps.ts';
import type { Block } from '../memory/block.ts';
import { RUN_AUDIT_FILE_INDEX, RUN_AUDIT_GUESTS } from '../memory/run.ts';
import { type AuditTarget, auditFilePath, periodLabel } from './format.ts';

const NUMBER_SHIFT = 1n;
const PERIOD_SHIFT = 17n;
const MOST_NUMBERS = 1n << (PERIOD_SHIFT - NUMBER_SHIFT);
const STORES_SHIFT = 52n;
/** The word stays positive. */
const MOST_STORES = 1n << 11n;

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
      if (periodIn(known) >= period) return this.fileOf(known);
      const next = nextStore(known) | (period << PERIOD_SHIFT) | otherSide(known);
      if (Atomics.compareExchange(this.#files, RUN_AUDIT_FILE_INDEX, known, next) === known) return this.fileOf(next);
    }
  }

  /** Of the file stored last, independent of the clock; 0n before the first. */
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
    const next = nextStore(file.key) | (periodIn(file.key) << PERIOD_SHIFT) | (number << NUMBER_SHIFT) | otherSide(file.key);
    return Atomics.compareExchange(this.#files, RUN_AUDIT_FILE_INDEX, file.key, next) === file.key;
  }

  /**
   * Key of the first file behind `left` and before `right` that may have been current between them: where the word was stored more than once, callers have
   * written into files that no other thread has opened. Undefined: there is none any more.
   */
  *firstBetween(left: bigint, right: bigint): Steps<bigint | undefined> {
    const stores = (key: bigint) => (key >> STORES_SHIFT) << STORES_SHIFT;
    if (nextStore(left) === stores(right)) return undefined;
    const order = (key: bigint) => (periodIn(key) << PERIOD_SHIFT) | ((key % (1n << PERIOD_SHIFT)) & ~1n);
    let first: bigint | undefined;
    for (const name of yield* namesIn(dirname(this.#target.path))) {
      const key = keyOfName(name, this.#target);
      if (key === undefined || order(key) <= order(left) || order(key) >= order(right)) continue;
      if (first === undefined || key < first) first = key;
    }
    // As many stores as `left` has: what is left between it and `right` is looked for again from there.
    return first === undefined ? undefined : stores(left) | first;
  }

  /** The file of a value that the word has had. */
  fileOf(key: bigint): TrailFile {
    const name = auditFilePath(this.#target, labelOfPeriod(periodIn(key)));
    const number = Number((key >> NUMBER_SHIFT) % MOST_NUMBERS);
    return { key, name, number, path: number === 0 ? name : asideName(name, String(number)) };
  }
}

function periodOf(label: string): bigint {
  return label === '' ? 1n : BigInt(label.replaceAll(/\D/g, ''));
}

function periodIn(key: bigint): bigint {
  return (key >> PERIOD_SHIFT) % (1n << (STORES_SHIFT - PERIOD_SHIFT));
}

function nextStore(key: bigint): bigint {
  return (((key >> STORES_SHIFT) + 1n) % MOST_STORES) << STORES_SHIFT;
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

const NAME_END = /^(?:-(\d{4}-\d\d-\d\d(?:T\d\d)?))?(?:\.(\d{1,5}))?$/;
const LABEL_DIGITS = { none: 0, daily: 8, hourly: 10 } as const;

/** The key of a file of the trail, without stores and side; undefined for another name. */
function keyOfName(name: string, { path, rotation = 'daily' }: AuditTarget): bigint | undefined {
  const extension = extname(path);
  const stem = basename(path, extension);
  if (!name.startsWith(stem) || !name.endsWith(extension)) return undefined;
  const match = NAME_END.exec(name.slice(stem.length, name.length - extension.length));
  if (match === null) return undefined;
  const [, label = '', number = '0'] = match;
  if (label.replaceAll(/\D/g, '').length !== LABEL_DIGITS[rotation]) return undefined;
  return (periodOf(label) << PERIOD_SHIFT) | (BigInt(number) << NUMBER_SHIFT);
}
