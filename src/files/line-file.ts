/**
 * A file of whole lines, held by name: created with its directories, appended to, and opened again when the name has come to mean another file.
 *
 * Several processes may append to one file. A batch of whole lines goes to the end in one write, so their lines interleave whole. Where the
 * kernel takes only a part (a full disk), the rest follows as soon as it can, from that very byte. If somebody else has appended, truncated or
 * replaced the file meanwhile, the interrupted line is written again from its start, on a line of its own; its first part stays behind as a line
 * that does not parse. Nothing is ever truncated: that could take another writer's lines with it.
 */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pause, SYSTEM_TIMERS } from '../time/timers.ts';
import { close, codeOf, fstat, openForAppend, readRange, writeSome } from './descriptor.ts';
import { makeDirectories } from './directories.ts';
import { keepsDescriptor } from './trouble.ts';

const NEWLINE = 10;
const NEWLINE_BYTES = Uint8Array.of(NEWLINE);

/** Owner reads and writes, group reads: log shippers run in the group, and others have no business with it. */
export const FILE_MODE = 0o640;

/** A process that was interrupted in a write of some MiB goes on with it within milliseconds. */
const LOOK_AGAIN_MILLIS = 20;
const MAX_LOOKS = 50;

const NAME_IS_GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ELOOP']);
const NAME_IS_HIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/** How far an append has got: everything before `offset` stands in a file. */
export interface Progress {
  readonly bytes: Uint8Array;
  offset: number;
}

/** Start of the line that the byte at `offset` belongs to; `offset` itself when a line starts there. */
export function lineStart(bytes: Uint8Array, offset: number): number {
  return offset === 0 ? 0 : bytes.lastIndexOf(NEWLINE, offset - 1) + 1;
}

/** End of that line, its newline included. */
export function lineEnd(bytes: Uint8Array, offset: number): number {
  const newline = bytes.indexOf(NEWLINE, offset);
  return newline < 0 ? bytes.length : newline + 1;
}

export interface LineFileOptions {
  readonly mode?: number;
  /** Called when the file had to be opened again: its name meant another file or none, or it gave an error. */
  readonly onReopen?: () => void;
}

export class LineFile {
  readonly path: string;
  readonly #mode: number;
  readonly #onReopen: () => void;
  #fd: number | undefined;
  #dev = 0;
  #ino = 0;
  #size = 0;
  #modifiedMillis = 0;
  #regular = false;
  /** True when the file may not end with the last byte we wrote, or not with a newline: after an open, and after an interruption. */
  #endUnknown = false;
  #opened = 0;
  /** Which open an append was last interrupted in. */
  #interruptedIn = 0;
  #madeDirectory: string | undefined;
  /** True once the file was let go because it was moved, deleted or broken. */
  #lost = false;

  constructor(path: string, options: LineFileOptions = {}) {
    this.path = path;
    this.#mode = options.mode ?? FILE_MODE;
    this.#onReopen = options.onReopen ?? (() => {});
  }

  /** Descriptor; undefined before `ready` and after `release`. */
  get fd(): number | undefined {
    return this.#fd;
  }

  /** Size in bytes as of the last `ready`, and what was appended since. */
  get size(): number {
    return this.#size;
  }

  /** When somebody last wrote to it, Unix milliseconds, as of the last `ready`. */
  get modifiedMillis(): number {
    return this.#modifiedMillis;
  }

  /** Inode of the open file. */
  get ino(): number {
    return this.#ino;
  }

  /** Raised with each open: tells whether this is still the same descriptor. */
  get opened(): number {
    return this.#opened;
  }

  /** Outermost directory that had to be made for it, at the last open that had to make any. */
  get madeDirectory(): string | undefined {
    return this.#madeDirectory;
  }

  /** True for a file that can be renamed away; false for a terminal, a pipe, /dev/null. */
  get isRegular(): boolean {
    return this.#regular;
  }

  /** After it the descriptor is that of the file which bears the name now. Creates the file, and directories that are missing. */
  async ready(): Promise<void> {
    if (this.#fd !== undefined && !(await this.#bearsName())) await this.#lose();
    if (this.#fd === undefined) await this.#open();
  }

  /**
   * Appends `progress.bytes` up to `end`, a line's end, and moves `progress.offset` with every byte taken. After a rejection the same progress
   * can be offered again, `ready` first. Do not offer other lines with a descriptor that is not `ready`.
   */
  async append(progress: Progress, end: number): Promise<void> {
    try {
      if (this.#endUnknown) await this.#mendEnd(progress);
      while (progress.offset < end) progress.offset += await this.#write(progress.bytes, progress.offset, end);
    } catch (error) {
      this.#endUnknown = true;
      this.#interruptedIn = this.#opened;
      if (!keepsDescriptor(error)) await this.#lose();
      throw error;
    }
  }

  /** Lets go of the descriptor; the next `ready` opens by name. */
  async release(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    // When close reports an error the number is free all the same.
    if (fd !== undefined) await close(fd).catch(() => {});
  }

  async #lose(): Promise<void> {
    this.#lost = true;
    await this.release();
  }

  async #bearsName(): Promise<boolean> {
    if (!this.#regular) return true;
    try {
      const { dev, ino, size, mtimeMs } = await stat(this.path);
      this.#size = size;
      this.#modifiedMillis = mtimeMs;
      return dev === this.#dev && ino === this.#ino;
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (NAME_IS_GONE.has(code)) return false;
      // A process that has given up its privileges may still write what it can no longer look up.
      if (NAME_IS_HIDDEN.has(code)) return true;
      throw error;
    }
  }

  async #open(): Promise<void> {
    this.#fd = await openForAppend(this.path, this.#mode).catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.#madeDirectory = await makeDirectories(dirname(this.path));
      return openForAppend(this.path, this.#mode);
    });
    const stats = await fstat(this.#fd);
    this.#dev = stats.dev;
    this.#ino = stats.ino;
    this.#size = stats.size;
    this.#modifiedMillis = stats.mtimeMs;
    this.#regular = stats.isFile();
    this.#endUnknown = true;
    this.#opened++;
    if (this.#lost) this.#onReopen();
    this.#lost = false;
  }

  async #write(bytes: Uint8Array, from: number, to: number): Promise<number> {
    const written = await writeSome(this.#fd!, bytes, from, to);
    if (written === 0) throw new Error('the operating system took no bytes and gave no reason');
    this.#size += written;
    return written;
  }

  /** Continues a line where the file ends with what was written of it; otherwise sees to it that the next line starts on a line of its own. */
  async #mendEnd(progress: Progress): Promise<void> {
    const start = lineStart(progress.bytes, progress.offset);
    const part = progress.bytes.subarray(start, progress.offset);
    if (!this.#regular) {
      // A pipe cannot be looked at. The reader of the same opening has what was written; another one gets whole lines.
      if (this.#opened !== this.#interruptedIn) progress.offset = start;
    } else if (part.length === 0 || !(await this.#endsWith(part))) {
      progress.offset = start;
      if (!(await this.#endsWithWholeLine(part.length === 0))) await this.#write(NEWLINE_BYTES, 0, 1);
    }
    this.#endUnknown = false;
  }

  /**
   * `ifUnreadable`: the answer for a file that may not be read. What looks unfinished may be in the middle of another process's write, which makes the file
   * longer a page at a time: only a file that has stopped growing there is unfinished.
   */
  async #endsWithWholeLine(ifUnreadable: boolean): Promise<boolean> {
    for (let look = 0; look < MAX_LOOKS && this.#size > 0; look++) {
      const seen = this.#size;
      const last = await readRange(this.#fd!, seen - 1, seen);
      if (last === undefined) return ifUnreadable;
      if (last[0] === NEWLINE) return true;
      await pause(SYSTEM_TIMERS, LOOK_AGAIN_MILLIS);
      this.#size = (await fstat(this.#fd!)).size;
      if (this.#size === seen) return false;
    }
    return this.#size === 0;
  }

  async #endsWith(part: Uint8Array): Promise<boolean> {
    if (this.#size < part.length) return false;
    const end = await readRange(this.#fd!, this.#size - part.length, this.#size);
    return end !== undefined && Buffer.compare(end, part) === 0;
  }
}
