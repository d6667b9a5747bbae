/**
 * The audit trail: the one way by which a line comes into an audit file. The worker's sink, callers that write through and the rescue at the end of a process
 * all append here. The current file is in a shared word (current-file.ts).
 *
 * One order. A file's order is the order of its lines, by any writer: each append goes to the end of the file in one piece, and the kernel lets one append
 * follow the other. It is not the order of their numbers: rings are drained one after the other, and an event that a caller writes through overtakes those that
 * wait in rings. The worker learns of others' lines by reading them back from the file (ledger.ts); see docs/decisions/audit-on-disk.md.
 *
 * Safe on disk. `write` appends and then syncs. After a failed sync a repeated one proves nothing: Linux has marked the pages clean that never reached the
 * disk. The file is left as it is, its descriptor is not used again, and everything in it that is not known to be safe is written once more to a numbered file
 * beside it: the batch at hand from its first line on, and lines that others of this run have appended. Lines that had reached the first file after all are
 * there twice, with the same number.
 */
import type { Outcome } from '../contract/backend.ts';
import { SUCCESS } from '../contract/backend.ts';
import { codeOf, isOutOfDescriptors, removeFile, statAt } from '../files/descriptor.ts';
import { fileFailure } from '../files/failure.ts';
import { FILE_MODE, LineFile, lineStart, type OpenedFile, type Progress, wholeLines } from '../files/line-file.ts';
import { isPlanted, isTrusted } from '../files/place.ts';
import { asideName, reserve } from '../files/rotation.ts';
import { perform, runSync, type Steps } from '../files/steps.ts';
import type { Block } from '../memory/block.ts';
import { unixMillis } from '../time/clock.ts';
import { sleepNow } from '../time/sleep.ts';
import { pause, SYSTEM_TIMERS, type Timers } from '../time/timers.ts';
import { CurrentFile, type TrailFile } from './current-file.ts';
import type { AuditTarget } from './format.ts';
import { Ledger, linesIn } from './ledger.ts';
import type { ReceiptBook } from './receipts.ts';
import type { CheckpointReason } from './run-tree/run-checkpoint.ts';
import { type OnCheckpoint, RunTree, type RunTreeSettings } from './run-tree/run-tree.ts';
import { leafHash } from './tree/hash.ts';

/** A caller needs microseconds for its line. One that was terminated in the middle of it never leaves. */
const GUESTS_LEAVE_MILLIS = 1_000;
const GUESTS_LOOK_MILLIS = 1;

const WIDER_THAN_AUDIT = 0o777 & ~FILE_MODE;

export interface AuditTrailOptions {
  readonly target: AuditTarget;
  /** The run's: which file is current, for all its threads, and how far the tree over its lines has got. See memory/run.ts. */
  readonly memory: Block;
  /** Member `run` of each line of ours. */
  readonly run: string;
  /** For those who keep the tree over the lines: the worker, and the thread that ends an instance. Default: this trail keeps none. */
  readonly tree?: RunTreeSettings;
  /** A checkpoint was made, as a signed note. */
  readonly onCheckpoint?: OnCheckpoint;
  /** A line has become leaf `size - 1` of the tree; the hash is valid until this returns. */
  readonly onLeaf?: (hash: Buffer, size: number) => void;
  /** Receipts that wait for events to be written. */
  readonly receipts?: ReceiptBook;
  /** Where syncs are not permitted to this thread, each write waits for the disk. Default false. */
  readonly waitsForDisk?: boolean;
  /** Called when the file had to be opened again: moved, deleted, broken, or given up. */
  readonly onReopen?: () => void;
  /** Called with a message about a file, for the operator. */
  readonly onWarning?: (message: string) => void;
  readonly timers?: Timers;
}

export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #current: CurrentFile;
  readonly #ledger: Ledger;
  readonly #tree: RunTree | undefined;

  /** The file at hand; undefined before the first, and when one was given up. */
  #at: TrailFile | undefined;
  #file: LineFile | undefined;
  /** A sync of `#file` has failed, and it could not be given up yet. It is never used again. */
  #isDistrusted = false;
  /** Others' lines from a file that was given up, to be written again before anything else. */
  #carried: Progress = nothing();

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    const { target, memory, run, tree, waitsForDisk, timers, onWarning = () => {}, onCheckpoint, onLeaf, receipts } = options;
    const now = timers?.now ?? unixMillis;
    const current = new CurrentFile(target, memory, now);
    this.#current = current;
    this.#ledger = new Ledger(run);
    if (tree === undefined) return;
    this.#tree = new RunTree(tree, {
      target,
      memory,
      fileOf: (key) => current.fileOf(key),
      firstBetween: (left, right) => current.firstBetween(left, right),
      now,
      waitsForDisk,
      onWarning,
      onCheckpoint,
      onLeaf:
        (receipts ?? onLeaf) &&
        ((line, hash, size) => {
          receipts?.leaf(line, hash, size);
          onLeaf?.(hash, size);
        }),
    });
  }

  /** Path of the current file; before the first, the configured one. */
  get path(): string {
    return this.#file?.path ?? this.#options.target.path;
  }

  /** Opens the file of now, with the directories that are missing. */
  *ready(): Steps<void> {
    yield* this.#ready(nothing());
  }

  /** Appends what is left of `progress`, whole lines, and waits for the disk. After an error the same progress is to be offered again. */
  *write(progress: Progress): Steps<void> {
    yield* this.#append(progress);
    this.#options.receipts?.written(linesIn(progress.bytes), (line) => leafHash(line));
    yield* this.#sync(progress);
  }

  /** Lines that are safe on disk, in a file that was full before the batch was through. */
  takenOf({ bytes, safeTo = 0 }: Progress): number {
    return wholeLines(bytes, safeTo);
  }

  /** When it ends, everything that any thread of this process has appended before is on disk. */
  *flush(): Steps<void> {
    if (this.#isBehind || this.#isDistrusted || this.#carried.bytes.length > 0) yield* this.#append(nothing());
    yield* this.#sync(nothing());
    yield* this.#checkpoint('flush');
  }

  /** A caller has met a new day, or has given a file up: its lines are in a file that was not opened here yet. */
  get #isBehind(): boolean {
    return this.#at !== undefined && this.#current.key !== this.#at.key;
  }

  /** To be called each second: syncs lines that others have appended, and writes a checkpoint if one is due. */
  *tick(): Steps<void> {
    const file = this.#file;
    if (this.#isBehind) yield* this.flush();
    else if (file?.isOpen === true && !this.#isDistrusted && this.#ledger.isBehind(yield* file.look()))
      yield* this.#sync(nothing());
    if (this.#tree === undefined) return;
    const { receipts } = this.#options;
    const overdue = receipts?.overdue();
    if (overdue !== undefined && overdue.size > 0) yield* this.#tree.find(overdue);
    // A receipt for the collector may wait for a checkpoint that was made before it was asked for.
    if (receipts?.waitsForCollector === true) yield* this.#tree.checkpoint('flush', true);
    yield* this.#tree.checkpointIfDue();
    receipts?.flush();
  }

  /** Closes the file, all of it safe. */
  *leave(): Steps<void> {
    yield* this.#sync(nothing());
    if (this.#file !== undefined) yield* this.#file.release();
  }

  /** {@link leave} for good, with a last checkpoint. */
  *end(): Steps<void> {
    if (this.#isBehind) yield* this.#append(nothing());
    yield* this.leave();
    yield* this.#checkpoint('end');
  }

  /**
   * One caller's line or lines, newline included, at once: the kernel has them when it returns, and the worker's next flush makes them safe. Never throws.
   * `retryable`: nothing, or only a part, was taken; the caller counts the line as lost. A part that was taken stays as a line that does not parse.
   *
   * Opens and closes the file each time, which is what makes it right after any rotation, deletion or fork.
   */
  addSync(lines: Uint8Array): Outcome {
    try {
      runSync(this.#add({ bytes: lines, offset: 0 }));
      return SUCCESS;
    } catch (error) {
      return fileFailure(this.path, error);
    }
  }

  /** {@link write} for a thread that must have it done when it returns. Never throws. */
  writeSync(lines: Uint8Array): Outcome {
    try {
      runSync(this.write({ bytes: lines, offset: 0 }));
      return SUCCESS;
    } catch (error) {
      return fileFailure(this.path, error);
    }
  }

  /** {@link end} at once, with lines that others have appended meanwhile. Never throws: written lines stay. */
  endSync(): void {
    try {
      runSync(this.#takeOthers());
      runSync(this.end());
    } catch {
      // See above.
    }
  }

  /** Where this trail has written nothing, others may have. No file is made for that. */
  *#takeOthers(): Steps<void> {
    const tree = this.#tree;
    if (tree === undefined || this.#file !== undefined || this.#current.key === 0n) return;
    const { path, key } = this.#current.fileOf(this.#current.key);
    const { state } = tree;
    if (state.key === key && (yield* sizeOf(path)) <= state.position) return;
    if ((yield* sizeOf(path)) > 0) yield* this.#append(nothing());
  }

  *#checkpoint(why: CheckpointReason): Steps<void> {
    if (this.#tree !== undefined && !this.#isDistrusted) yield* this.#tree.checkpoint(why);
  }

  *#add(progress: Progress): Steps<void> {
    for (;;) {
      const at = this.#current.enter();
      const file = this.#fileAt(at.path);
      this.#file = file;
      try {
        yield* file.ready();
        const { size } = file;
        const from = progress.offset;
        try {
          yield* file.append(progress, progress.bytes.length);
          return;
        } catch (error) {
          if (!isAtLimit(error, size, progress, from)) throw error;
          progress.offset = lineStart(progress.bytes, progress.offset);
        }
      } finally {
        this.#current.leave(at);
        yield* file.release();
      }
      yield* this.#succeed(at);
    }
  }

  *#append(progress: Progress): Steps<void> {
    for (;;) {
      const file = yield* this.#ready(progress);
      const { size } = file;
      const from = progress.offset;
      try {
        yield* this.#appendOwn(file, this.#carried);
        yield* this.#appendOwn(file, progress);
        return;
      } catch (error) {
        if (!isAtLimit(error, size, progress, from)) throw error;
      }
      // The file is as long as the process may make it. Its lines are good: the batch goes on in the next one, from the line that was cut.
      yield* this.#sync(progress);
      progress.safeTo = lineStart(progress.bytes, progress.offset);
      progress.offset = progress.safeTo;
      yield* this.#succeed(this.#at!);
      yield* this.#leaveFor(this.#current.get());
      this.#options.onReopen?.();
    }
  }

  *#appendOwn(file: LineFile, progress: Progress): Steps<void> {
    const from = progress.offset;
    if (from === progress.bytes.length) return;
    try {
      yield* file.append(progress, progress.bytes.length);
    } finally {
      this.#ledger.wrote(progress.bytes, from, progress.offset);
    }
  }

  /** The file that `progress` is to go to, ready for it. A batch that was begun is finished in its file. */
  *#ready(progress: Progress): Steps<LineFile> {
    if (this.#isDistrusted) yield* this.#giveUp(this.#at!, this.#file!);
    if (this.#at === undefined || progress.offset === 0) {
      const at = this.#current.get();
      if (at.key !== this.#at?.key) yield* this.#leaveFor(at);
    }
    const file = this.#file!;
    const { opened } = file;
    yield* file.ready();
    if (file.opened !== opened) {
      // One sync is to cover all of a batch, so all of it goes through one descriptor.
      progress.offset = progress.safeTo ?? 0;
      this.#carried.offset = 0;
      this.#ledger.begin(file.size);
    }
    return file;
  }

  /** Goes over to `at`. Waits for callers who are writing into the file before: a last look then finds all of their lines. */
  *#leaveFor(at: TrailFile): Steps<void> {
    if (this.#at !== undefined && this.#file?.isOpen === true) {
      yield* this.#guestsGone(this.#at);
      yield* this.leave();
    }
    this.#at = at;
    this.#file = this.#fileAt(at.path);
  }

  /**
   * The file at hand is given up: another one takes its place for all threads, and lines in it that are not safe are carried over. Throws where there can be no
   * other.
   */
  *#giveUp(left: TrailFile, file: LineFile): Steps<void> {
    // At once, so that no caller goes on appending to it.
    if (this.#current.key === left.key) yield* this.#succeed(left);
    yield* this.#guestsGone(left);
    const others = yield* this.#ledger.others(file);
    this.#carried = { bytes: Buffer.concat([this.#carried.bytes, others]), offset: 0 };
    yield* file.release();
    // On a broken disk every attempt makes a file. A file with only lines that are written again is removed.
    if (left.number > 0 && this.#ledger.isExpendable) yield* removeFile(file.path);
    this.#isDistrusted = false;
    this.#at = undefined;
    this.#options.onReopen?.();
  }

  /** The next free name of the period becomes current, unless another thread was faster. */
  *#succeed(at: TrailFile): Steps<void> {
    const path = yield* reserve((index) => asideName(at.name, String(index + 1)), this.#mode);
    if (!this.#current.succeed(at, path)) yield* removeFile(path);
  }

  *#sync(progress: Progress): Steps<void> {
    const file = this.#file;
    if (file?.isOpen !== true || this.#isDistrusted) return;
    const size = yield* file.look();
    try {
      yield* file.sync();
    } catch (error) {
      // Its directory could not be opened: the file itself has been synced.
      if (isOutOfDescriptors(error)) throw error;
      this.#isDistrusted = true;
      progress.offset = progress.safeTo ?? 0;
      if (this.#tree !== undefined) yield* this.#tree.distrust(this.#at!, file, this.#ledger.safeTo);
      try {
        yield* this.#giveUp(this.#at!, file);
      } catch {
        // The next attempt tries again, and reports what prevents it.
      }
      throw error;
    }
    if (this.#tree !== undefined) {
      yield* this.#tree.advance(this.#at!, file, size, this.#ledger.ownUpTo(size));
      // The first lines of a run: that there is such a run is known from here on.
      if (this.#tree.state.number === 0) yield* this.#tree.checkpoint('second');
    }
    this.#ledger.isSafe(size);
    this.#carried = nothing();
    this.#options.receipts?.flush();
  }

  *#guestsGone(at: TrailFile): Steps<void> {
    const timers = this.#options.timers ?? SYSTEM_TIMERS;
    const until = timers.monotonic() + GUESTS_LEAVE_MILLIS;
    while (this.#current.guestsOf(at) > 0 && timers.monotonic() < until) yield* lookAgainLater();
  }

  #fileAt(path: string): LineFile {
    const { onReopen = () => {}, waitsForDisk = false } = this.#options;
    return new LineFile(path, {
      mode: this.#mode,
      waitsForDisk,
      syncsWhatItLeaves: true,
      onReopen,
      onOpen: (file) => this.#lookAtOwnership(path, file),
    });
  }

  /** An audit trail that others can read or change proves little. */
  #lookAtOwnership(path: string, file: OpenedFile): void {
    const { onWarning, target } = this.#options;
    if (onWarning === undefined || process.geteuid === undefined) return;
    const { uid } = file;
    const mode = file.mode & 0o777;
    if ((mode & WIDER_THAN_AUDIT & ~(target.mode ?? 0)) !== 0)
      onWarning(
        `The audit file ${path} has mode 0${mode.toString(8)}: others than its owner and group can read or change it. ` +
          `chmod 640 ${path} closes it; a file that this process makes has that mode.`,
      );
    // Root gives its files to the user of a service.
    if (isPlanted(file) || (!isTrusted(file) && process.geteuid() !== 0))
      onWarning(`The audit file ${path} belongs to user ${uid}, who can change it. Give it to the user of this process (chown).`);
  }

  get #mode(): number {
    return this.#options.target.mode ?? FILE_MODE;
  }
}

/** 0 where it is not there. */
function* sizeOf(path: string): Steps<number> {
  try {
    return (yield* statAt(path)).size;
  } catch {
    return 0;
  }
}

function nothing(): Progress {
  return { bytes: new Uint8Array(0), offset: 0 };
}

/**
 * Whether the file, `size` bytes long before the append, is as long as the process may make it, and another one can take what is left: one that is empty does not
 * help a line that an empty one had no room for.
 */
function isAtLimit(error: unknown, size: number, { bytes, offset }: Progress, from: number): boolean {
  return codeOf(error) === 'EFBIG' && (size > 0 || lineStart(bytes, offset) > from);
}

const lookAgainLater = (): Steps<void> =>
  perform(
    () => sleepNow(GUESTS_LOOK_MILLIS),
    () => pause(SYSTEM_TIMERS, GUESTS_LOOK_MILLIS),
  );
