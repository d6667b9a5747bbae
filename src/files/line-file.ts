/**
 * A file of whole lines, held by name: created with its directories, appended to, and opened again when the name has come to mean another file.
 *
 * Several processes may append to one file. A batch of whole lines goes to the end in one write, so their lines interleave whole. Where the kernel takes only a
 * part (a full disk), the rest follows as soon as it can, from that very byte. If another process has appended to, truncated or replaced the file meanwhile,
 * the interrupted line is written again from its start, on a line of its own; its first part stays behind as a line that does not parse. Nothing is ever
 * truncated: that could take another writer's lines with it.
 *
 * Each append starts on a line of its own, whatever others have left at the end: a file that is not as long as we left it is looked at before the append, and
 * one that others have appended to meanwhile is looked at behind it.
 *
 * All of it is steps (steps.ts): the worker runs them with promises, a caller that writes an audit event itself runs the same ones at once.
 */
import { dirname } from 'node:path';
import { sleepNow } from '../time/sleep.ts';
import { pause, SYSTEM_TIMERS } from '../time/timers.ts';
import {
  closeQuietly,
  codeOf,
  isOutOfDescriptors,
  openForAppend,
  readRange,
  statAt,
  statOf,
  syncData,
  syncDirectory,
  writeStep,
} from './descriptor.ts';
import { makeDirectories } from './directories.ts';
import { keepsDescriptor } from './failure.ts';
import { placeOf } from './place.ts';
import { perform, type Steps } from './steps.ts';

const NEWLINE = 10;
const NEWLINE_BYTES = Uint8Array.of(NEWLINE);

/** Owner reads and writes, group reads: log shippers run in the group. */
export const FILE_MODE = 0o640;

/** A process that was interrupted in a write of some MiB goes on with it within milliseconds. */
const LOOK_AGAIN_MILLIS = 20;
/** A thread whose caller waits looks again sooner. A line taken for unfinished too early costs an empty line. */
const LOOK_AGAIN_AT_ONCE_MILLIS = 1;
const MAX_LOOKS = 50;

/** In place of a length: the file may end with anything. */
const UNKNOWN = -1;

const NAME_IS_GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ELOOP']);
const NAME_IS_HIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/** How far an append has got: everything before `offset` stands in a file. */
export interface Progress {
  readonly bytes: Uint8Array;
  offset: number;
  /** Everything before it is safe elsewhere: a new start begins here. Default 0. */
  safeTo?: number;
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

/** Whole lines among the bytes before `offset`. */
export function wholeLines(bytes: Uint8Array, offset: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0 && at < offset; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

export interface LineFileOptions {
  /** Permissions of a new file, before the umask. Default 0640. */
  readonly mode?: number;
  /** Each write waits for the disk. Default false. */
  readonly waitsForDisk?: boolean;
  /** Appended bytes are synced before the file is closed because its name means another one now. Default false. */
  readonly syncsWhatItLeaves?: boolean;
  /** Called when the file had to be opened again: its name meant another file or none, or it gave an error. */
  readonly onReopen?: () => void;
  /** Called with each open of a regular file. */
  readonly onOpen?: (file: OpenedFile) => void;
}

export interface OpenedFile {
  readonly mode: number;
  readonly uid: number;
  /** Others can write to its folder: see place.ts. */
  readonly isInSharedFolder: boolean;
}

export class LineFile {
  readonly path: string;
  readonly #mode: number;
  readonly #waitsForDisk: boolean;
  readonly #syncsWhatItLeaves: boolean;
  readonly #onReopen: () => void;
  readonly #onOpen: LineFileOptions['onOpen'];
  #fd: number | undefined;
  #dev = 0;
  #ino = 0;
  #size = 0;
  #modifiedMillis = 0;
  #regular = false;
  #isInSharedFolder = false;
  /** Length at which the file is known to end with a whole line; UNKNOWN after an open, and after an interruption. */
  #wholeAt = UNKNOWN;
  #opened = 0;
  /** Which open an append was last interrupted in. */
  #interruptedIn = 0;
  #madeDirectory: string | undefined;
  /** Which open has its name on disk. */
  #nameSafeFor = 0;
  /** True once the file was let go because it was moved, deleted or broken. */
  #lost = false;

  constructor(path: string, options: LineFileOptions = {}) {
    this.path = path;
    this.#mode = options.mode ?? FILE_MODE;
    this.#waitsForDisk = options.waitsForDisk ?? false;
    this.#syncsWhatItLeaves = options.syncsWhatItLeaves ?? false;
    this.#onReopen = options.onReopen ?? (() => {});
    this.#onOpen = options.onOpen;
  }

  /** Whether a descriptor is held: after `ready`, until `release` or an error that makes it useless. */
  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Size in bytes as of the last look, and what was appended since. */
  get size(): number {
    return this.#size;
  }

  /** Time of the last write to it, Unix milliseconds, as of the last `ready`. */
  get modifiedMillis(): number {
    return this.#modifiedMillis;
  }

  /** Inode of the open file. */
  get ino(): number {
    return this.#ino;
  }

  /** Raised with each open: the same value means the same descriptor. */
  get opened(): number {
    return this.#opened;
  }

  /** True for a file that can be renamed away; false for a terminal, a pipe, /dev/null. */
  get isRegular(): boolean {
    return this.#regular;
  }

  /** After it the descriptor is that of the file which bears the name now. Creates the file, and directories that are missing. */
  *ready(): Steps<void> {
    if (this.#fd !== undefined && !(yield* this.#bearsName())) {
      if (this.#syncsWhatItLeaves) yield* syncData(this.#fd, this.#waitsForDisk);
      yield* this.#lose();
    }
    if (this.#fd === undefined) yield* this.#open();
  }

  /**
   * Appends `progress.bytes` up to `end`, a line's end, and moves `progress.offset` with every byte taken. After an error the same progress
   * can be offered again, `ready` first. Do not offer other lines with a descriptor that is not `ready`.
   */
  *append(progress: Progress, end: number): Steps<void> {
    try {
      if (this.#size !== this.#wholeAt || !this.#regular) yield* this.#mendEnd(progress);
      const from = progress.offset;
      const before = this.#size;
      while (progress.offset < end) progress.offset += yield* this.#write(progress.bytes, progress.offset, end);
      if (this.#regular) yield* this.#lookBehind(before, progress.bytes, from, end);
    } catch (error) {
      this.#wholeAt = UNKNOWN;
      this.#interruptedIn = this.#opened;
      if (!keepsDescriptor(error)) yield* this.#lose();
      throw error;
    }
  }

  /** Makes the file's contents safe on disk, of any writer, and the file's name too. Does nothing if it is not a regular file. */
  *sync(): Steps<void> {
    if (this.#fd === undefined || !this.#regular) return;
    yield* syncData(this.#fd, this.#waitsForDisk);
    if (this.#nameSafeFor === this.#opened) return;
    try {
      yield* this.#syncName();
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error;
      // The last one is the file's own: it is lent to the directory.
      yield* this.release();
      yield* this.#syncName();
      yield* this.#open();
    }
    this.#nameSafeFor = this.#opened;
  }

  /** Bytes of the open file; fewer if it ends before `to`; undefined when it may not be read. */
  *read(from: number, to: number): Steps<Uint8Array | undefined> {
    return this.#fd === undefined ? undefined : yield* readRange(this.#fd, from, to);
  }

  /** Looks at the size of the open file, which others may have appended to. */
  *look(): Steps<number> {
    if (this.#fd !== undefined && this.#regular) this.#size = (yield* statOf(this.#fd)).size;
    return this.#size;
  }

  /** Closes the descriptor; the next `ready` opens by name. */
  *release(): Steps<void> {
    const fd = this.detach();
    if (fd !== undefined) yield* closeQuietly(fd);
  }

  /** Gives the descriptor away, to be closed by the caller; the next `ready` opens by name. */
  detach(): number | undefined {
    const fd = this.#fd;
    this.#fd = undefined;
    return fd;
  }

  *#lose(): Steps<void> {
    this.#lost = true;
    yield* this.release();
  }

  *#bearsName(): Steps<boolean> {
    if (!this.#regular) return true;
    try {
      const { dev, ino, size, mtimeMs } = yield* statAt(this.path);
      this.#size = size;
      this.#modifiedMillis = mtimeMs;
      return dev === this.#dev && ino === this.#ino;
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (NAME_IS_GONE.has(code)) return false;
      // A process that has given up its privileges may still write to a file that it can no longer look up.
      if (NAME_IS_HIDDEN.has(code)) return true;
      throw error;
    }
  }

  *#open(): Steps<void> {
    const fd = yield* this.#openInPlace();
    this.#fd = fd;
    const stats = yield* statOf(fd);
    this.#dev = stats.dev;
    this.#ino = stats.ino;
    this.#size = stats.size;
    this.#modifiedMillis = stats.mtimeMs;
    this.#regular = stats.isFile();
    this.#wholeAt = UNKNOWN;
    this.#opened++;
    if (this.#regular) this.#onOpen?.({ mode: stats.mode, uid: stats.uid, isInSharedFolder: this.#isInSharedFolder });
    if (this.#lost) this.#onReopen();
    this.#lost = false;
  }

  *#openInPlace(): Steps<number> {
    try {
      return yield* this.#openOnce();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.#madeDirectory = yield* makeDirectories(dirname(this.path));
      return yield* this.#openOnce();
    }
  }

  *#openOnce(): Steps<number> {
    const { path, refuseLinks } = yield* placeOf(this.path);
    this.#isInSharedFolder = refuseLinks;
    return yield* openForAppend(path, { mode: this.#mode, refuseLinks, waitsForDisk: this.#waitsForDisk });
  }

  *#write(bytes: Uint8Array, from: number, to: number): Steps<number> {
    const written = yield* writeStep(this.#fd!, bytes, from, to);
    if (written === 0) throw new Error('the operating system took no bytes and gave no reason');
    this.#size += written;
    return written;
  }

  /** Continues a line if the file ends with its first part; otherwise makes sure that the next line starts on a line of its own. */
  *#mendEnd(progress: Progress): Steps<void> {
    const start = lineStart(progress.bytes, progress.offset);
    const part = progress.bytes.subarray(start, progress.offset);
    if (!this.#regular) {
      // A pipe cannot be looked at. The reader of the same opening has the first part; another one gets whole lines.
      if (this.#wholeAt === UNKNOWN && this.#opened !== this.#interruptedIn) progress.offset = start;
      this.#wholeAt = this.#size;
    } else if (part.length === 0 || !(yield* this.#endsWith(part))) {
      progress.offset = start;
      if (!(yield* this.#endsWithWholeLine(part.length === 0))) yield* this.#write(NEWLINE_BYTES, 0, 1);
    }
  }

  /**
   * Behind an append of `bytes` from `from` to `end` to a file that was `before` bytes long: whether others have appended at the same time. One of them may have
   * been killed in the middle of its line, between our look and our write: our first line then stands glued to it, and is written again.
   */
  *#lookBehind(before: number, bytes: Uint8Array, from: number, end: number): Steps<void> {
    const expected = this.#size;
    const size = yield* this.look();
    this.#wholeAt = size === expected ? size : UNKNOWN;
    if (size <= expected) return;
    const start = lineStart(bytes, from);
    const next = lineEnd(bytes, from);
    const found = yield* this.read(before, size - (end - next));
    if (found === undefined || !isGlued(found, bytes.subarray(from, next), from > start)) return;
    yield* this.append({ bytes: bytes.subarray(start, next), offset: 0 }, next - start);
  }

  /**
   * `ifUnreadable`: the answer for a file that may not be read. A line that looks unfinished may be in the middle of another process's write, which makes the
   * file longer a page at a time: only a file that has stopped growing there is unfinished.
   */
  *#endsWithWholeLine(ifUnreadable: boolean): Steps<boolean> {
    for (let look = 0; look < MAX_LOOKS && this.#size > 0; look++) {
      const seen = this.#size;
      const last = yield* this.read(seen - 1, seen);
      if (last === undefined) return ifUnreadable;
      if (last[0] === NEWLINE) return true;
      yield* lookAgainLater();
      if ((yield* this.look()) === seen) return false;
    }
    return this.#size === 0;
  }

  *#endsWith(part: Uint8Array): Steps<boolean> {
    if (this.#size < part.length) return false;
    const end = yield* this.read(this.#size - part.length, this.#size);
    return end !== undefined && Buffer.compare(end, part) === 0;
  }

  /** Makes the file's directory entry safe, and those of directories that had to be made for it. */
  *#syncName(): Steps<void> {
    const outermost = dirname(this.#madeDirectory ?? this.path);
    for (let directory = dirname(this.path); ; directory = dirname(directory)) {
      yield* syncDirectory(directory);
      if (directory === outermost || directory === dirname(directory)) return;
    }
  }
}

/** Whether `line` stands in `text`, and nowhere where it belongs: at the start of a line or, if it continues one, at the start of the text. */
function isGlued(text: Uint8Array, line: Uint8Array, continues: boolean): boolean {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  let found = false;
  for (let at = bytes.indexOf(line); at >= 0; at = bytes.indexOf(line, at + 1)) {
    if (at === 0 || (!continues && bytes[at - 1] === NEWLINE)) return false;
    found = true;
  }
  return found;
}

const lookAgainLater = (): Steps<void> =>
  perform(
    () => sleepNow(LOOK_AGAIN_AT_ONCE_MILLIS),
    () => pause(SYSTEM_TIMERS, LOOK_AGAIN_MILLIS),
  );
