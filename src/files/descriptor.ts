/**
 * File descriptors as promises, taken from Node at import. Plain numbers rather than FileHandles: those are closed by the garbage collector, and
 * cost an object for each write.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';

const { write } = fs;
const { O_APPEND, O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;

export const open = promisify(fs.open);
export const close = promisify(fs.close);
export const fstat = promisify(fs.fstat);
export const fsync = promisify(fs.fsync);
export const fdatasync = promisify(fs.fdatasync);
const read = promisify(fs.read);

/**
 * Opening for appends. O_APPEND: each write goes to the end as it is then, in one piece, so that processes which share a file interleave whole
 * writes. O_NONBLOCK: a FIFO that nobody reads answers with an error, in place of holding one of Node's four threads for file work; regular files
 * do not know it. Readable, because the last byte tells whether a line was left unfinished; where reading is not allowed that look is left out,
 * and a FIFO is opened for writing only, or it would count us as its reader.
 */
const WRITE = O_WRONLY | O_APPEND | O_CREAT | (O_NONBLOCK ?? 0);
const READ_AND_WRITE = O_RDWR | O_APPEND | O_CREAT | (O_NONBLOCK ?? 0);

export async function openForAppend(path: string, mode: number): Promise<number> {
  let fd: number;
  try {
    fd = await open(path, READ_AND_WRITE, mode);
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error;
    return open(path, WRITE, mode);
  }
  if (!(await fstat(fd)).isFIFO()) return fd;
  await close(fd);
  return open(path, WRITE, mode);
}

/** Creates an empty file; fails with EEXIST when anything has that name. */
export async function createEmpty(path: string, mode: number): Promise<void> {
  await close(await open(path, WRITE | O_EXCL, mode));
}

/** One write(2); returns how many bytes were taken, which may be fewer than asked. Takes views over shared memory. */
export function writeSome(fd: number, bytes: Uint8Array, from: number, to: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, from, to - from, null, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

/** The bytes from `from` to `to`, fewer if the file ends before; undefined when it may not be read. */
export async function readRange(fd: number, from: number, to: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(to - from);
  try {
    const { bytesRead } = await read(fd, bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
}

/** What a system answers that cannot sync directories, or lets us create files in one but not open it; and Node under its permission model. Nothing more can be done there. */
export const CANNOT_SYNC_DIRECTORY: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EISDIR', 'EINVAL', 'ERR_ACCESS_DENIED']);

/** Makes a directory's entries (a file created in it) safe on disk. */
export async function syncDirectory(path: string): Promise<void> {
  let fd: number | undefined;
  try {
    fd = await open(path, O_RDONLY);
    await fsync(fd);
  } catch (error) {
    if (!CANNOT_SYNC_DIRECTORY.has(codeOf(error) ?? '')) throw error;
  } finally {
    if (fd !== undefined) await close(fd).catch(() => {});
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
