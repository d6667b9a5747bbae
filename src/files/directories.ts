/**
 * Makes a directory and those above it, as steps. Not `mkdir(…, { recursive: true })`, which may never return: see common/make-directories.ts.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { notMade } from '../common/make-directories.ts';
import { codeOf, statAt } from './descriptor.ts';
import { perform, type Steps } from './steps.ts';

const { mkdirSync } = fs;
const mkdir = promisify(fs.mkdir);

/** The owner has all rights, the group may read: log shippers run in the group. */
const DIRECTORY_MODE = 0o750;

/** Returns the outermost directory that was made; undefined when all were there. Throws with code ENOTDIR where something else has its name. */
export function* makeDirectories(path: string): Steps<string | undefined> {
  try {
    return (yield* makeOne(path)) ? path : undefined;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const outermost = yield* makeDirectories(dirname(path));
  // Another process may have been faster.
  yield* makeOne(path);
  return outermost ?? path;
}

/** False: it was there already. */
function* makeOne(path: string): Steps<boolean> {
  try {
    yield* perform(
      () => mkdirSync(path, DIRECTORY_MODE),
      async () => void (await mkdir(path, { mode: DIRECTORY_MODE })),
    );
    return true;
  } catch (error) {
    if (!(yield* isDirectory(path))) throw notMade(path, error);
    return false;
  }
}

function* isDirectory(path: string): Steps<boolean> {
  try {
    return (yield* statAt(path)).isDirectory();
  } catch {
    return false;
  }
}
