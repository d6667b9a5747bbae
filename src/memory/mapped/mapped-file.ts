/**
 * Files that memory is mapped from: made and opened so that no other user can put another file in their place.
 */
import { closeSync, constants, fstatSync, openSync, unlinkSync } from 'node:fs';
import { ownUserId } from '../../common/own-user.ts';
import type { Libc } from './libc.ts';

/** Read and written by their owner alone: they hold what is logged. */
export const FILE_MODE = 0o600;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;

/** Makes a file of `bytes` zeros, with its space taken, and maps it. Throws and leaves no file behind when there is no room. */
export function makeMapped(libc: Libc, path: string, bytes: number): bigint {
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
  try {
    libc.reserve(fd, bytes);
    return libc.map(fd, bytes);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Opens a file of ours that is there. Throws if it belongs to another user, is open to others, is a link, or not a file. */
export function openOwn(path: string): { readonly fd: number; readonly bytes: number } {
  const fd = openSync(path, O_RDWR | O_NOFOLLOW);
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.uid === ownUserId() && (stat.mode & 0o077) === 0) return { fd, bytes: stat.size };
  closeSync(fd);
  throw new Error(`${path} is not a file that this user alone may read and write`);
}

/** Maps a file that is there, which must have at least `bytes`: beyond its end, a read would end the process. */
export function mapExisting(libc: Libc, path: string, bytes: number): bigint {
  const { fd, bytes: size } = openOwn(path);
  try {
    if (size < bytes) throw new Error(`${path} has ${size} bytes and should have ${bytes}`);
    return libc.map(fd, bytes);
  } finally {
    closeSync(fd);
  }
}
