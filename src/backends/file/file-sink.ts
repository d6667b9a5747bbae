/**
 * The file backend's sink: appends lines to a file at a fixed path and sets it aside by day, hour or size.
 *
 * `success` means that the kernel has the bytes. They survive the death of the process, and a crash of the machine once the kernel has written them out (Linux:
 * within half a minute). Only the audit file waits for the disk.
 *
 * Time-based rotation follows the time of writing. A file that a stopped process left from an earlier day is set aside by the first write of the
 * next; a process that logs nothing does not rotate.
 *
 * A rotation that fails is reported as `partial` with nothing rejected: the lines are written, and the backend's state is `degraded`.
 */
import { closeQuietly } from '../../files/descriptor.ts';
import { fileFailure } from '../../files/failure.ts';
import { FILE_MODE, LineFile, lineEnd, lineStart, type OpenedFile, type Progress, wholeLines } from '../../files/line-file.ts';
import { LineSink } from '../../files/line-sink.ts';
import type { LineTarget } from '../../files/line-writer.ts';
import { isPlanted, targetOf } from '../../files/place.ts';
import { deleteOldest, labelOf, periodEnd, type RotationClock, setAside } from '../../files/rotation.ts';
import { type Begun, begin, finish, type Steps } from '../../files/steps.ts';
import type { Rotation } from '../../settings/vocabulary.ts';
import { SYSTEM_TIMERS, type Timers } from '../../time/timers.ts';

/** Pause after a failed rotation: a missing permission or name is not fixed within a second. */
const ROTATION_PAUSE_MILLIS = 10_000;

/** Time stamps of files lag behind the clock by up to a kernel tick (Linux: 10 ms at 100 Hz), which must not move a new file into yesterday. */
const COARSE_CLOCK_MILLIS = 20;

/** Clocks of one place and names by UTC or local time differ by less. */
const A_DAY_MILLIS = 86_400_000;

export interface FileSinkOptions {
  readonly path: string;
  /** `json`: each line is a record; a record as text may have several. Default `text`. */
  readonly format?: 'json' | 'text';
  /** Default `none`. With `{ bytes }` no file grows beyond that, unless a single line does. */
  readonly rotation?: Rotation;
  /** Clock that `daily` and `hourly` and the names follow. Default `utc`. */
  readonly rotationClock?: RotationClock;
  /** Files set aside that are kept, the newest; 0, the default, keeps all. */
  readonly keep?: number;
  /** Permissions of new files, before the umask. Default 0640. */
  readonly mode?: number;
  /** Called when the file had to be opened again: moved, deleted, or broken. */
  readonly onReopen?: () => void;
  /** Reports something about the files to the operator. May be called again with the same text. */
  readonly onWarning?: (message: string) => void;
  readonly timers?: Timers;
}

export class FileSink extends LineSink {
  constructor(options: FileSinkOptions) {
    super(new RotatedFile(options));
  }
}

/** The file behind the sink. */
export class RotatedFile implements LineTarget {
  readonly path: string;
  readonly #rotation: Rotation;
  readonly #clock: RotationClock;
  readonly #keep: number;
  readonly #mode: number;
  readonly #timers: Timers;
  readonly #onWarning: (message: string) => void;
  readonly #isLineARecord: boolean;
  readonly #file: LineFile;
  #notRotated: string | undefined;
  /** What the last rotation has left to be done. */
  #tidying: Begun | undefined;
  #rotateAgainAt = 0;
  #periodEndsAt = 0;
  /** Which open of the file the period was found for. */
  #periodOf = 0;

  constructor(options: FileSinkOptions) {
    this.path = options.path;
    this.#rotation = options.rotation ?? 'none';
    this.#clock = options.rotationClock ?? 'utc';
    this.#keep = options.keep ?? 0;
    this.#mode = options.mode ?? FILE_MODE;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    this.#onWarning = options.onWarning ?? (() => {});
    this.#isLineARecord = options.format === 'json';
    this.#file = new LineFile(options.path, {
      mode: this.#mode,
      onReopen: options.onReopen ?? (() => {}),
      onOpen: (file) => this.#lookAtOwner(file),
    });
  }

  ready(): Steps<void> {
    return this.#file.ready();
  }

  *write(progress: Progress): Steps<string | undefined> {
    while (progress.offset < progress.bytes.length) yield* this.#file.append(progress, yield* this.#makeRoom(progress));
    return this.#notRotated;
  }

  takenOf({ bytes, offset }: Progress): number | undefined {
    return this.#isLineARecord ? wholeLines(bytes, offset) : undefined;
  }

  /** Every write that has settled is with the kernel already. Afterwards no more files than `keep` are there. */
  flush(): Steps<void> {
    return finish(this.#tidying);
  }

  *leave(): Steps<void> {
    yield* this.#file.release();
    yield* finish(this.#tidying);
  }

  /** Opens the right file, rotating if it is time to; returns how many of the given bytes may be written into it. */
  *#makeRoom({ bytes, offset }: Progress): Steps<number> {
    const whole = bytes.length;
    yield* this.#file.ready();
    if (this.#rotation === 'none' || !this.#file.isRegular) return whole;
    // An interrupted line is finished where it was begun.
    if (lineStart(bytes, offset) < offset) return lineEnd(bytes, offset);
    if (typeof this.#rotation === 'string') {
      yield* this.#rotateByTime(this.#rotation);
      return whole;
    }
    const fitting = (limit: number) => lineStart(bytes, Math.min(whole, offset + Math.max(0, limit - this.#file.size)));
    if (fitting(this.#rotation.bytes) > offset) return fitting(this.#rotation.bytes);
    const rotated = this.#file.size === 0 || (yield* this.#rotate(labelOf(this.#timers.now(), 'second', this.#clock)));
    return rotated ? Math.max(fitting(this.#rotation.bytes), lineEnd(bytes, offset)) : whole;
  }

  *#rotateByTime(every: 'daily' | 'hourly'): Steps<void> {
    const now = this.#timers.now();
    if (this.#file.opened !== this.#periodOf) this.#findPeriod(every, now);
    if (now < this.#periodEndsAt) return;
    const label = labelOf(this.#periodEndsAt - 1, every === 'daily' ? 'day' : 'hour', this.#clock);
    if (this.#file.size === 0 || (yield* this.#rotate(label))) this.#findPeriod(every, now);
  }

  /** The period that the open file belongs to: that of its last line, or of now if it has none. */
  #findPeriod(every: 'daily' | 'hourly', now: number): void {
    this.#periodOf = this.#file.opened;
    this.#periodEndsAt = periodEnd(
      this.#file.size === 0 ? now : this.#file.modifiedMillis + COARSE_CLOCK_MILLIS,
      every,
      this.#clock,
    );
  }

  /**
   * False when it could not be done. Then further lines go into the same file, because a file that is too long is better than lost lines, and the rotation is
   * tried again after a pause. Where the path is a symbolic link, the file behind it is set aside, beside itself; the link stays and leads to the new one.
   */
  *#rotate(label: string): Steps<boolean> {
    if (this.#timers.monotonic() < this.#rotateAgainAt) return false;
    yield* finish(this.#tidying);
    let target: string;
    try {
      target = yield* targetOf(this.path);
      const given = yield* setAside(target, this.#file.ino, label, this.#mode);
      this.#lookAtLabel(given);
    } catch (error) {
      this.#rotateAgainAt = this.#timers.monotonic() + ROTATION_PAUSE_MILLIS;
      this.#notRotated = `Not rotated: ${fileFailure(this.path, error).message}`;
      return false;
    }
    this.#notRotated = undefined;
    this.#tidying = yield* begin(this.#tidy(this.#file.detach(), target));
    yield* this.#file.ready();
    return true;
  }

  /**
   * Closes the file set aside and deletes what is too many. Lines do not wait for it: the kernel gives back the pages of a deleted file in the call that takes
   * its last name or descriptor away, which held up the writes for 30 ms after each 64 MiB (where another process deletes the files, too).
   */
  *#tidy(fd: number | undefined, target: string): Steps<void> {
    if (fd !== undefined) yield* closeQuietly(fd);
    try {
      yield* deleteOldest(target, this.#keep, this.#timers.now());
    } catch {
      // A file that cannot be deleted now is tried again at the next rotation.
    }
  }

  #lookAtOwner(file: OpenedFile): void {
    if (!isPlanted(file)) return;
    this.#onWarning(
      `The file ${this.path} belongs to user ${file.uid}, in a folder that others can write to: that user can read and change what is written. ` +
        'Unless it is meant so, remove the file, and choose a folder that only this user can write to.',
    );
  }

  #lookAtLabel(given: string | undefined): void {
    if (given === undefined || given <= labelOf(this.#timers.now() + A_DAY_MILLIS, 'second', this.#clock)) return;
    this.#onWarning(
      `A file beside ${this.path} is named ${given}, which is in the future: the clock was ahead when it was set aside. ` +
        'Files that are set aside now continue its name with higher numbers, so that the order of names is the order of rotation. ' +
        'Rename or delete those files to get names of today again.',
    );
  }
}
