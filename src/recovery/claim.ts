/**
 * Finds the runs of dead processes, and claims them for one recovery each: the process with the lock on a run's table has the run. The lock of a killed process
 * ends with it, so a recovery that was cut off can be repeated at once.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../common/error-text.ts';
import { isRunning } from '../common/process/process-identity.ts';
import type { Libc } from '../memory/mapped/libc.ts';
import {
  checkOwn,
  DAMAGED,
  GONE,
  lockTable,
  removeFolder,
  setAside,
  tablePath,
  UNFINISHED_TABLE_FILE,
  unlockTable,
} from '../memory/mapped/run-folder.ts';
import { OtherVersion, RUN_TABLE_BYTES, RunTable } from '../memory/mapped/run-table.ts';
import { unixMillis } from '../time/clock.ts';
import { DeadRun } from './dead-run.ts';

/** A run that cannot be read. */
export interface DamagedRun {
  /** Where it is now. */
  readonly folder: string;
  readonly reason: string;
}

/** A folder without a table is being made by another process; older ones were being made when theirs was killed. */
const UNFINISHED_MILLIS = 60_000;

/** Folders of runs below the directory, the oldest first. */
export function runFolders(directory: string): readonly string[] {
  return namesIn(directory)
    .filter((name) => !name.endsWith(DAMAGED))
    .flatMap((name) => {
      const folder = join(directory, name);
      const modifiedMillis = modifiedMillisOf(folder);
      return modifiedMillis === undefined ? [] : [{ folder, modifiedMillis }];
    })
    .sort((left, right) => left.modifiedMillis - right.modifiedMillis)
    .map(({ folder }) => folder);
}

/**
 * Takes the run if its process is dead and no other process has claimed it. Undefined: it lives, another process recovers it, it is not a run, or not of this
 * service.
 *
 * @param service undefined: of any
 */
export function claimRun(libc: Libc, folder: string, service: string | undefined): DeadRun | DamagedRun | undefined {
  if (!isOwn(folder)) return undefined;
  if (folder.endsWith(GONE)) return removeLeft(folder);
  const locked = lockOn(libc, folder);
  if (locked === undefined) return undefined;
  const { fd, bytes } = locked;
  const release = () => unlockTable(libc, fd);
  try {
    if (bytes < RUN_TABLE_BYTES) throw new Error('its table is cut off');
    const table = new RunTable(libc.view(libc.map(fd, RUN_TABLE_BYTES), RUN_TABLE_BYTES));
    const identity = table.identity();
    if ((service !== undefined && identity.service !== service) || isRunning(identity.process)) {
      release();
      return undefined;
    }
    return new DeadRun(libc, folder, table, fd);
  } catch (error) {
    // The process may have given up its rights meanwhile (`process.setuid`).
    if (!isOwn(folder)) {
      release();
      return undefined;
    }
    // One that another version can read stays where that version finds it.
    const damaged = { folder: error instanceof OtherVersion ? folder : setAside(folder), reason: errorText(error) };
    release();
    return damaged;
  }
}

function isOwn(folder: string): boolean {
  try {
    checkOwn(folder);
    return true;
  } catch {
    return false;
  }
}

export function isDamaged(found: DeadRun | DamagedRun): found is DamagedRun {
  return 'reason' in found;
}

/** Undefined: another process has the lock, or there is no table. */
function lockOn(libc: Libc, folder: string): ReturnType<typeof lockTable> {
  let locked: ReturnType<typeof lockTable>;
  try {
    locked = lockTable(libc, tablePath(folder));
  } catch {
    const made = modifiedMillisOf(folder);
    if (made !== undefined && unixMillis() - made > UNFINISHED_MILLIS && isUnfinished(folder)) removeLeft(folder);
    return undefined;
  }
  if (locked === undefined) return undefined;
  // The process that had it before may have deleted it since it was opened here.
  if (modifiedMillisOf(tablePath(folder)) !== undefined) return locked;
  unlockTable(libc, locked.fd);
  return undefined;
}

/** Only what a process makes before the table: other folders are not ours. */
function isUnfinished(folder: string): boolean {
  return namesIn(folder).every((name) => name === UNFINISHED_TABLE_FILE);
}

function removeLeft(folder: string): undefined {
  try {
    removeFolder(folder);
  } catch {
    // Another process does that.
  }
  return undefined;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Undefined: it is not there, or may not be looked at any more, because the process has given up its rights (`process.setuid`). */
function modifiedMillisOf(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
