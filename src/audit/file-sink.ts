/**
 * The audit file's sink. `success` means: the lines are on disk, and so is the file's name.
 *
 * Each batch is appended and then synced (fdatasync), before its slot of the outbox is given back; what comes meanwhile gathers in the outbox and
 * makes up the next batch, so the rate of syncs adapts to the disk. Thus what is not safe yet is still in the outbox, and after a sync that
 * failed nothing has to be remembered: the same batch is written again.
 *
 * It is written to another file then. A failed fsync leaves pages marked clean that never reached the disk, and a second one on the same file may
 * succeed without writing them. The file is left as it is, its descriptor is not used again, and a numbered file beside it takes the batch from
 * its first line on. Lines that had reached the first file after all are there twice; their sequence numbers tell.
 */
import { unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Serial } from '../common/serial.ts';
import type { Outcome } from '../contract/backend.ts';
import { SUCCESS } from '../contract/backend.ts';
import type { ByteBatch, Sink } from '../contract/sink.ts';
import { fdatasync, syncDirectory } from '../files/descriptor.ts';
import { FILE_MODE, LineFile, type Progress } from '../files/line-file.ts';
import { asideName, reserve } from '../files/rotation.ts';
import { troubleWith } from '../files/trouble.ts';
import { SYSTEM_TIMERS, type Timers } from '../time/timers.ts';
import { type AuditTarget, auditFilePath } from './format.ts';

export interface AuditFileSinkOptions extends AuditTarget {
  /** Called when the file had to be opened again: moved, deleted, broken, or left after a failed sync. */
  readonly onReopen?: () => void;
  readonly timers?: Timers;
}

export class AuditFileSink implements Sink {
  readonly #target: AuditTarget;
  readonly #onReopen: () => void;
  readonly #timers: Timers;
  readonly #serial = new Serial();

  /** What the file of the day is called, without the number that `#file` may have. */
  #name = '';
  #file: LineFile | undefined;
  /** A sync of `#file` has failed: it is never used again. */
  #distrusted = false;
  /** A sync of `#file` has succeeded: it holds lines that are safe. */
  #holdsSafeLines = false;
  /** Which open of `#file` has its name on disk. */
  #nameSafeFor = 0;

  #offered: ByteBatch | undefined;
  #progress: Progress = { bytes: new Uint8Array(0), offset: 0 };
  /** Which open of `#file` the first bytes of the batch went to. */
  #begunIn = 0;

  /** Starts creating directories and file at once; if that fails, the first write says so. */
  constructor(options: AuditFileSinkOptions) {
    this.#target = options;
    this.#onReopen = options.onReopen ?? (() => {});
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    void this.#serial.run(() => this.#ready()).catch(() => {});
  }

  write(batch: ByteBatch): Promise<Outcome> {
    return this.#serial.run(() => this.#write(batch));
  }

  /** Every write that has settled is on disk already; this adds what callers have written through to the same file. */
  flush(): Promise<void> {
    return this.#serial.run(() => this.#sync());
  }

  reopen(): void {
    void this.#serial
      .run(async () => {
        await this.#leave();
        await this.#ready();
      })
      .catch(() => {}); // The next write tries again, and reports.
  }

  close(): Promise<void> {
    return this.#serial.run(() => this.#leave());
  }

  async #write(batch: ByteBatch): Promise<Outcome> {
    if (this.#offered !== batch) this.#progress = { bytes: batch.bytes, offset: 0 };
    this.#offered = batch;
    try {
      const file = await this.#ready();
      // One sync is to cover all of a batch, so all of it goes through one descriptor.
      if (file.opened !== this.#begunIn) this.#progress.offset = 0;
      this.#begunIn = file.opened;
      await file.append(this.#progress, batch.bytes.length);
      await this.#sync();
      this.#offered = undefined;
      return SUCCESS;
    } catch (error) {
      return troubleWith(this.#file?.path ?? this.#target.path, error);
    }
  }

  /** The file that lines of now belong to, ready for them. A batch that was begun is finished in its file. */
  async #ready(): Promise<LineFile> {
    const name = auditFilePath(this.#target, this.#timers.now());
    const begun = this.#offered !== undefined && this.#progress.offset > 0;
    if (name !== this.#name && !begun) {
      await this.#leave();
      this.#use(name, name);
    } else if (this.#distrusted) {
      this.#use(await reserve((number) => asideName(name, String(number + 1)), this.#mode), name);
      this.#onReopen();
    }
    await this.#file!.ready();
    return this.#file!;
  }

  #use(path: string, name: string): void {
    this.#file = new LineFile(path, { mode: this.#mode, onReopen: this.#onReopen });
    this.#name = name;
    this.#distrusted = false;
    this.#holdsSafeLines = false;
    this.#nameSafeFor = 0;
    this.#begunIn = 0;
  }

  async #sync(): Promise<void> {
    const file = this.#file;
    if (file?.fd === undefined || !file.isRegular) return;
    try {
      await fdatasync(file.fd);
      if (this.#nameSafeFor !== file.opened) await syncName(file);
    } catch (error) {
      await this.#distrust(file);
      throw error;
    }
    this.#nameSafeFor = file.opened;
    this.#holdsSafeLines = true;
  }

  async #distrust(file: LineFile): Promise<void> {
    this.#distrusted = true;
    this.#progress.offset = 0;
    await file.release();
    // On a broken disk every attempt makes a file; those that never held a safe line, and are nobody else's, go.
    if (file.path !== this.#name && !this.#holdsSafeLines) await unlink(file.path).catch(() => {});
  }

  async #leave(): Promise<void> {
    await this.#sync();
    await this.#file?.release();
  }

  get #mode(): number {
    return this.#target.mode ?? FILE_MODE;
  }
}

/** Makes the file's directory entry safe, and those of directories that had to be made for it. */
async function syncName(file: LineFile): Promise<void> {
  const outermost = dirname(file.madeDirectory ?? file.path);
  for (let directory = dirname(file.path); ; directory = dirname(directory)) {
    await syncDirectory(directory);
    if (directory === outermost || directory === dirname(directory)) return;
  }
}
