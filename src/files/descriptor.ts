/**
 * System calls on files, as steps (steps.ts) over functions taken from Node at import. Descriptors are plain numbers rather than FileHandles: those are closed
 * by the garbage collector, and cost an object for each write.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';
import { perform, type Steps } from './steps.ts';

const {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} = fs;
const { write } = fs;
const { O_APPEND, O_CREAT, O_DSYNC, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;

const open = promisify(fs.open);
const close = promisify(fs.close);
const fstat = promisify(fs.fstat);
const stat = promisify(fs.stat);
const lstat = promisify(fs.lstat);
const realpath = promisify(fs.realpath);
const readlink = promisify(fs.readlink);
const readdir = promisify(fs.readdir) as (path: string) => Promise<string[]>;
const rename = promisify(fs.rename);
const unlink = promisify(fs.unlink);
const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);
const read = promisify(fs.read);

/**
 * Opening for appends. O_APPEND: each write goes to the end as it is then, in one piece, so that processes which share a file interleave whole writes.
 * O_NONBLOCK: a FIFO without a reader gives an error, in place of holding one of Node's four threads for file work; regular files ignore it. Readable, because
 * the last byte shows whether a line was left unfinished; where reading is not allowed that check is left out, and a FIFO is opened for writing only, or it
 * would count us as its reader.
 */
const WRITE = O_WRONLY | O_APPEND | O_CREAT | (O_NONBLOCK ?? 0);
const READ_AND_WRITE = O_RDWR | O_APPEND | O_CREAT | (O_NONBLOCK ?? 0);

export interface OpenHow {
  /** Permissions of a new file, before the umask. */
  readonly mode: number;
  /** Fail with ELOOP where the name is a symbolic link. */
  readonly refuseLinks?: boolean;
  /** Each write waits for the disk. */
  readonly waitsForDisk?: boolean;
}

export function* openForAppend(path: string, { mode, refuseLinks = false, waitsForDisk = false }: OpenHow): Steps<number> {
  const flags = (refuseLinks ? (O_NOFOLLOW ?? 0) : 0) | (waitsForDisk ? (O_DSYNC ?? 0) : 0);
  let fd: number;
  try {
    fd = yield* openStep(path, READ_AND_WRITE | flags, mode);
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error;
    return yield* openStep(path, WRITE | flags, mode);
  }
  if (!(yield* statOf(fd)).isFIFO()) return fd;
  yield* closeStep(fd);
  return yield* openStep(path, WRITE | flags, mode);
}

/** Opens what is there, for writing alone, without waiting for it. Not as the process's own terminal. */
export const openToWrite = (path: string): Steps<number> => openStep(path, O_WRONLY | (O_NONBLOCK ?? 0) | (O_NOCTTY ?? 0), 0);

export const openForRead = (path: string): Steps<number> => openStep(path, O_RDONLY | (O_NONBLOCK ?? 0), 0);

/** Creates an empty file; fails with EEXIST when anything has that name. */
export function* createEmpty(path: string, mode: number): Steps<void> {
  yield* closeStep(yield* openStep(path, WRITE | O_EXCL, mode));
}

const openStep = (path: string, flags: number, mode: number): Steps<number> =>
  perform(
    () => openSync(path, flags, mode),
    () => open(path, flags, mode),
  );

const closeStep = (fd: number): Steps<void> =>
  perform(
    () => closeSync(fd),
    () => close(fd),
  );

/** When close reports an error the number is free all the same, and the written bytes stay. */
export function* closeQuietly(fd: number): Steps<void> {
  try {
    yield* closeStep(fd);
  } catch {
    // See above.
  }
}

export const statOf = (fd: number): Steps<fs.Stats> =>
  perform(
    () => fstatSync(fd),
    () => fstat(fd),
  );

export const statAt = (path: string): Steps<fs.Stats> =>
  perform(
    () => statSync(path),
    () => stat(path),
  );

/** Of the link itself, where it is one. */
export const linkAt = (path: string): Steps<fs.Stats> =>
  perform(
    () => lstatSync(path),
    () => lstat(path),
  );

export const realPathOf = (path: string): Steps<string> =>
  perform(
    () => realpathSync(path),
    () => realpath(path),
  );

export const readLink = (path: string): Steps<string> =>
  perform(
    () => readlinkSync(path),
    () => readlink(path),
  );

export const namesIn = (directory: string): Steps<string[]> =>
  perform(
    () => readdirSync(directory),
    () => readdir(directory),
  );

export const renameFile = (from: string, to: string): Steps<void> =>
  perform(
    () => renameSync(from, to),
    () => rename(from, to),
  );

/** On any error the file stays. */
export function* removeFile(path: string): Steps<void> {
  try {
    yield* perform(
      () => unlinkSync(path),
      () => unlink(path),
    );
  } catch {
    // See above.
  }
}

/** One write(2); returns how many bytes were taken, which may be fewer than asked. Takes views over shared memory. */
function writeSome(fd: number, bytes: Uint8Array, from: number, to: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, from, to - from, null, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

export const writeStep = (fd: number, bytes: Uint8Array, from: number, to: number): Steps<number> =>
  perform(
    () => writeSync(fd, bytes, from, to - from, null),
    () => writeSome(fd, bytes, from, to),
  );

/** The bytes from `from` to `to`, fewer if the file ends before; undefined when it may not be read. */
export function* readRange(fd: number, from: number, to: number): Steps<Uint8Array | undefined> {
  const bytes = new Uint8Array(to - from);
  try {
    const count = yield* perform(
      () => readSync(fd, bytes, 0, bytes.length, from),
      async () => (await read(fd, bytes, 0, bytes.length, from)).bytesRead,
    );
    return bytes.subarray(0, count);
  } catch {
    return undefined;
  }
}

/**
 * Waits until the file's bytes are on disk. `waitedForDisk`: it was opened so that each write has waited, and Node's permission model, which allows no sync,
 * leaves no other way.
 */
export function* syncData(fd: number, waitedForDisk = false): Steps<void> {
  if (waitedForDisk && O_DSYNC !== undefined) return;
  yield* perform(
    () => fdatasyncSync(fd),
    () => fdatasync(fd),
  );
}

/**
 * Error codes of systems that cannot sync directories, or let us create files in one but not open it; and of Node under its permission model. Nothing more can
 * be done there.
 */
const CANNOT_SYNC_DIRECTORY: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EISDIR', 'EINVAL', 'ERR_ACCESS_DENIED']);

/** Makes a directory's entries (a file created in it) safe on disk. */
export function* syncDirectory(path: string): Steps<void> {
  let fd: number | undefined;
  try {
    fd = yield* openStep(path, O_RDONLY, 0);
    const opened = fd;
    yield* perform(
      () => fsyncSync(opened),
      () => fsync(opened),
    );
  } catch (error) {
    if (!CANNOT_SYNC_DIRECTORY.has(codeOf(error) ?? '')) throw error;
  } finally {
    if (fd !== undefined) yield* closeQuietly(fd);
  }
}

/** The process or the system has no descriptor left. */
export function isOutOfDescriptors(error: unknown): boolean {
  return codeOf(error) === 'EMFILE' || codeOf(error) === 'ENFILE';
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
