/**
 * Makes a directory and those above it, as steps. Not `mkdir(…, { recursive: true })`, which may never return: see common/make-directories.ts.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from './descriptor.ts';
import { perform, type Steps } from './steps.ts';

const { mkdirSync } = fs;
const mkdir = promisify(fs.mkdir);

/** The owner has all rights, the group may read: log shippers run in the group. */
const DIRECTORY_MODE = 0o750;

const makeOne = (path: string): Steps<void> =>
  perform(
    () => mkdirSync(path, DIRECTORY_MODE),
    async () => void (await mkdir(path, { mode: DIRECTORY_MODE })),
  );

/** Returns the outermost directory that was made; undefined when all were there. */
export function* makeDirectories(path: string): Steps<string | undefined> {
  try {
    yield* makeOne(path);
    return path;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const outermost = yield* makeDirectories(dirname(path));
  try {
    yield* makeOne(path);
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return outermost ?? path;
}
