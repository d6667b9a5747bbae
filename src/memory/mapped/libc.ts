/**
 * The few calls of the system's C library that Node has no function for, through the optional package `koffi`: mapping a file, reserving its space, locking it.
 *
 * A mapping belongs to the process. One thread makes it, and every thread that knows its address sees the same bytes.
 */
import { writeSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { errorText } from '../../common/error-text.ts';
import { getOrMake } from '../../common/get-or-make.ts';
import { type Koffi, loadKoffi } from './koffi.ts';

export interface Libc {
  /** Maps the first `bytes` of an open file for reading and writing; throws when the system refuses. The mapping stays until the process ends. */
  map(fd: number, bytes: number): bigint;
  /** The bytes at an address of {@link map}, as an ArrayBuffer of this thread. */
  view(address: bigint, bytes: number): ArrayBuffer;
  /** Takes the space of a file from its file system, as zeros. Throws, with the system's code, when there is not so much. */
  reserve(fd: number, bytes: number): void;
  /** Gives the pages of a mapping back to the system, where it can; they read as zeros afterwards. For files that are deleted but still mapped. */
  discard(address: bigint, bytes: number): void;
  /** Locks an open file until {@link unlock} or the end of the process. False: another process has it. */
  lock(fd: number): boolean;
  /** To close a file is not enough: a mapping of it holds the lock on. */
  unlock(fd: number): void;
}

/** Why there is none, for a user to read. */
export interface NoLibc {
  readonly missing: string;
}

const READ_AND_WRITE = 3;
const SHARED = 1;
const EXCLUSIVE_AT_ONCE = 2 | 4;
const UNLOCK = 8;
const REMOVE = 9;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const SYSTEMS: readonly NodeJS.Platform[] = ['linux', 'darwin', 'freebsd', 'openbsd'];
/** Where the system has no call that reserves space: zeros are written, so many at a time. */
const ZEROS_BYTES = 1_048_576;

let known: Libc | NoLibc | undefined;

/** The calls, loaded once in each thread (some 3 ms). */
export function libc(): Libc | NoLibc {
  known ??= loadLibc();
  return known;
}

export function isMissing(found: Libc | NoLibc): found is NoLibc {
  return 'missing' in found;
}

function loadLibc(): Libc | NoLibc {
  if (!SYSTEMS.includes(process.platform)) return { missing: `files cannot be mapped on ${process.platform}` };
  let koffi: Koffi;
  try {
    koffi = loadKoffi();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND') return { missing: 'the package koffi is not installed (npm install koffi)' };
    if (code === 'ERR_DLOPEN_DISABLED') return { missing: 'native addons are not allowed (--allow-addons)' };
    return { missing: `koffi cannot be loaded: ${errorText(error)}` };
  }
  try {
    return bind(koffi);
  } catch (error) {
    return { missing: `koffi cannot be used: ${errorText(error)}` };
  }
}

function bind(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const mmap = library.func('void *mmap(void *address, size_t bytes, int protection, int flags, int fd, int64 offset)');
  const flock = library.func('int flock(int fd, int operation)');
  const madvise = library.func('int madvise(void *address, size_t bytes, int advice)');
  const reserve = reserveOf(library);
  const views = new Map<bigint, ArrayBuffer>();
  const codeOf = (number: number) =>
    Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  const failed = (call: string, number: number) =>
    Object.assign(new Error(`${codeOf(number)}: ${call}`), { code: codeOf(number) });
  return {
    map: (fd, bytes) => {
      const address = koffi.address(mmap(null, bytes, READ_AND_WRITE, SHARED, fd, 0));
      if (address === MAP_FAILED || address === 0n) throw failed('mmap', koffi.errno());
      return address;
    },
    // One for each mapping: V8 counts the bytes of each as memory that garbage may hold.
    view: (address, bytes) => getOrMake(views, address, () => koffi.view(address, bytes)),
    reserve: (fd, bytes) => {
      const number = reserve(fd, bytes);
      if (number !== 0) throw failed('fallocate', number);
    },
    discard: (address, bytes) => {
      if (process.platform === 'linux') madvise(address, bytes, REMOVE);
    },
    lock: (fd) => flock(fd, EXCLUSIVE_AT_ONCE) === 0,
    unlock: (fd) => void flock(fd, UNLOCK),
  };
}

/** Answers an error number, 0 for success. */
function reserveOf(library: ReturnType<Koffi['load']>): (fd: number, bytes: number) => number {
  let fallocate: (...values: unknown[]) => unknown;
  try {
    fallocate = library.func('int posix_fallocate(int fd, int64 offset, int64 bytes)');
  } catch {
    return writeZeros;
  }
  const { EINTR, EINVAL, EOPNOTSUPP } = osConstants.errno;
  return (fd, bytes) => {
    for (;;) {
      const number = fallocate(fd, 0, bytes) as number;
      if (number === EINTR) continue;
      return number === EINVAL || number === EOPNOTSUPP ? writeZeros(fd, bytes) : number;
    }
  };
}

function writeZeros(fd: number, bytes: number): number {
  const zeros = new Uint8Array(ZEROS_BYTES);
  for (let at = 0; at < bytes; ) at += writeSync(fd, zeros, 0, Math.min(ZEROS_BYTES, bytes - at), at);
  return 0;
}
