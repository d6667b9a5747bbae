/**
 * Makes a directory and those above it. Not `mkdir(…, { recursive: true })`: where a directory exists and yet none can be made in it (/proc, a
 * working directory that was deleted), Node's own repeats its attempts for ever, the synchronous one on the caller's thread (seen with 24.21).
 */
import { mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './descriptor.ts';

/** Returns the outermost directory that was made; undefined when all were there. */
export async function makeDirectories(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const outermost = await makeDirectories(dirname(path));
  await mkdir(path).catch(ignoreExisting);
  return outermost ?? path;
}

export function makeDirectoriesSync(path: string): void {
  try {
    mkdirSync(path);
    return;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  makeDirectoriesSync(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    ignoreExisting(error);
  }
}

/** Another process was faster. */
function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}
