/**
 * The file backend's sink: appends lines to a file at a fixed path and sets it aside by day, hour or size.
 *
 * What `success` means: the kernel has the bytes; they survive the death of the process, and that of the machine once the kernel has written them
 * out by itself (Linux: within half a minute). The audit file is the one that waits for the disk.
 *
 * Time-based rotation follows the time of writing. A file that a stopped process left from an earlier day is set aside by the first write of the
 * next; a process that logs nothing rotates nothing.
 *
 * A rotation that fails is reported as `partial` with nothing rejected: the lines are in, and somebody should look.
 */

import { Serial } from '../../common/serial.ts';
import type { Outcome } from '../../contract/backend.ts';
import { SUCCESS } from '../../contract/backend.ts';
import type { ByteBatch, Sink } from '../../contract/sink.ts';
import { FILE_MODE, LineFile, lineEnd, lineStart, type Progress } from '../../files/line-file.ts';
import { deleteOldest, labelOf, periodEnd, type RotationClock, setAside } from '../../files/rotation.ts';
import { troubleWith } from '../../files/trouble.ts';
import type { Rotation } from '../../settings/vocabulary.ts';
import { SYSTEM_TIMERS, type Timers } from '../../time/timers.ts';

/** Pause after a rotation that failed: it fails for lack of permission or names, which nobody mends within a second. */
const ROTATION_PAUSE_MILLIS = 10_000;

/** Time stamps of files lag behind the clock by up to a kernel tick (Linux: 10 ms at 100 Hz), which must not move a new file into yesterday. */
const COARSE_CLOCK_MILLIS = 20;

export interface FileSinkOptions {
  readonly path: string;
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
  readonly timers?: Timers;
}

export class FileSink implements Sink {
  readonly #path: string;
  readonly #rotation: Rotation;
  readonly #clock: RotationClock;
  readonly #keep: number;
  readonly #mode: number;
  readonly #timers: Timers;
  readonly #file: LineFile;
  readonly #serial = new Serial();
  #rotationTrouble: string | undefined;
  #rotateAgainAt = 0;
  #periodEndsAt = 0;
  /** Which open of the file the period was found for. */
  #periodOf = 0;
  #offered: ByteBatch | undefined;
  #progress: Progress = { bytes: new Uint8Array(0), offset: 0 };

  /** Starts creating directories and file at once; if that fails, the first write says so. */
  constructor(options: FileSinkOptions) {
    this.#path = options.path;
    this.#rotation = options.rotation ?? 'none';
    this.#clock = options.rotationClock ?? 'utc';
    this.#keep = options.keep ?? 0;
    this.#mode = options.mode ?? FILE_MODE;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    this.#file = new LineFile(options.path, { mode: this.#mode, onReopen: options.onReopen ?? (() => {}) });
    void this.#serial.run(() => this.#file.ready()).catch(() => {});
  }

  write(batch: ByteBatch): Promise<Outcome> {
    return this.#serial.run(() => this.#write(batch));
  }

  /** Waits for what is under way: every write that has settled is with the kernel already. */
  flush(): Promise<void> {
    return this.#serial.run(async () => {});
  }

  reopen(): void {
    void this.#serial
      .run(async () => {
        await this.#file.release();
        await this.#file.ready();
      })
      .catch(() => {}); // The next write tries again, and reports.
  }

  close(): Promise<void> {
    return this.#serial.run(() => this.#file.release());
  }

  async #write(batch: ByteBatch): Promise<Outcome> {
    if (this.#offered !== batch) this.#progress = { bytes: batch.bytes, offset: 0 };
    this.#offered = batch;
    try {
      while (this.#progress.offset < batch.bytes.length) await this.#file.append(this.#progress, await this.#makeRoom());
      this.#offered = undefined;
      return this.#rotationTrouble === undefined ? SUCCESS : { status: 'partial', rejected: 0, message: this.#rotationTrouble };
    } catch (error) {
      return troubleWith(this.#path, error);
    }
  }

  /** Gets the right file ready, rotating if it is time to; returns how far the bytes at hand may be written into it. */
  async #makeRoom(): Promise<number> {
    const { bytes, offset } = this.#progress;
    const whole = bytes.length;
    await this.#file.ready();
    if (this.#rotation === 'none' || !this.#file.isRegular) return whole;
    // An interrupted line is finished where it was begun.
    if (lineStart(bytes, offset) < offset) return lineEnd(bytes, offset);
    if (typeof this.#rotation === 'string') {
      await this.#rotateByTime(this.#rotation);
      return whole;
    }
    const fitting = (limit: number) => lineStart(bytes, Math.min(whole, offset + Math.max(0, limit - this.#file.size)));
    if (fitting(this.#rotation.bytes) > offset) return fitting(this.#rotation.bytes);
    const rotated = this.#file.size === 0 || (await this.#rotate(labelOf(this.#timers.now(), 'second', this.#clock)));
    return rotated ? Math.max(fitting(this.#rotation.bytes), lineEnd(bytes, offset)) : whole;
  }

  async #rotateByTime(every: 'daily' | 'hourly'): Promise<void> {
    const now = this.#timers.now();
    if (this.#file.opened !== this.#periodOf) this.#findPeriod(every, now);
    if (now < this.#periodEndsAt) return;
    const label = labelOf(this.#periodEndsAt - 1, every === 'daily' ? 'day' : 'hour', this.#clock);
    if (this.#file.size === 0 || (await this.#rotate(label))) this.#findPeriod(every, now);
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
   * False when it could not be done. Then the lines go on into the file at hand, for a file too long is better than lines lost, and it is tried
   * again after a while.
   */
  async #rotate(label: string): Promise<boolean> {
    if (this.#timers.monotonic() < this.#rotateAgainAt) return false;
    try {
      await setAside(this.#path, this.#file.ino, label, this.#mode);
    } catch (error) {
      this.#rotateAgainAt = this.#timers.monotonic() + ROTATION_PAUSE_MILLIS;
      this.#rotationTrouble = `Not rotated: ${troubleWith(this.#path, error).message}`;
      return false;
    }
    this.#rotationTrouble = undefined;
    await this.#file.release();
    await this.#file.ready();
    // What cannot be deleted now is tried again at the next rotation.
    await deleteOldest(this.#path, this.#keep, this.#timers.now()).catch(() => {});
    return true;
  }
}
