/**
 * Makes a directory and those above it, at once. Not `mkdirSync(…, { recursive: true })`: where a directory exists and yet none can be made in it (/proc, a
 * working directory that was deleted), Node's own repeats its attempts without end (seen with 24.21). files/directories.ts does the same in steps.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** `mode`: of each directory that is made. Throws with code ENOTDIR where something else has its name. */
export function makeDirectoriesNow(path: string, mode: number): void {
  try {
    makeOne(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    makeDirectoriesNow(dirname(path), mode);
    makeOne(path, mode);
  }
}

/** It may be there already. */
function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if (!isDirectory(path)) throw notMade(path, error);
  }
}

/**
 * The error of a `mkdir` at a path where no directory is. Whether one is there, the code does not say: for a file it is EEXIST as well, and for a directory that
 * is there EPERM (the root of a drive on Windows), EISDIR (`/` on macOS) or EROFS.
 */
export function notMade(path: string, error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return error;
  return Object.assign(new Error(`ENOTDIR: ${path} is there, and is no directory`, { cause: error }), { code: 'ENOTDIR', path });
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
