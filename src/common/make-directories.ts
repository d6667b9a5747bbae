/**
 * Makes a directory and those above it, at once. Not `mkdirSync(…, { recursive: true })`: where a directory exists and yet none can be made in it (/proc, a
 * working directory that was deleted), Node's own repeats its attempts without end (seen with 24.21). files/directories.ts does the same in steps.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** `mode`: of each directory that is made. */
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
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
