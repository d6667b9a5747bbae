/**
 * The folder of a run: its table and its blocks, a file each.
 *
 * ```
 *   <directory>/<service>.<pid>.<random>/run        the table (run-table.ts), locked while the run's owner lives, or while a process recovers it
 *                                       /block-<n>  memory of slot n
 *   <directory>/….gone                              being deleted
 *   <directory>/….damaged                           could not be read; kept for a person to look at
 * ```
 */
import { chmodSync, closeSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectoriesNow } from '../../common/make-directories.ts';
import { ownUserId } from '../../common/own-user.ts';
import { randomUuid } from '../../common/random.ts';
import type { Libc } from './libc.ts';
import { makeMapped, openOwn } from './mapped-file.ts';
import { RUN_TABLE_BYTES, type RunIdentity, RunTable } from './run-table.ts';

const FOLDER_MODE = 0o700;
const TABLE_FILE = 'run';
/** Its name while it is written: a table under its final name is whole. */
export const UNFINISHED_TABLE_FILE = 'run.new';

export const GONE = '.gone';
export const DAMAGED = '.damaged';

/** Where memory outlives the process and costs no disk. A container's has 64 MiB by default. */
const MEMORY_DIRECTORY = '/dev/shm';

/** Each user has one, closed to others. */
export function defaultDirectory(): string {
  const own = `hft-otel-${ownUserId()}`;
  return existsSync(MEMORY_DIRECTORY) ? join(MEMORY_DIRECTORY, own) : join(tmpdir(), own, 'runs');
}

/** Makes the directory of runs if it is not there. Throws if others could put something into it, or into its place. */
export function openDirectory(directory: string): void {
  makeDirectoriesNow(directory, FOLDER_MODE);
  checkOwn(directory);
}

/** Throws unless it is a directory of this user, closed to others, and no link. */
export function checkOwn(directory: string): void {
  const stat = lstatSync(directory);
  if (!stat.isDirectory()) throw new Error(`${directory} is not a directory`);
  if (stat.uid !== ownUserId()) throw new Error(`${directory} belongs to another user`);
  if ((stat.mode & 0o077) !== 0) throw new Error(`${directory} is open to other users (chmod 700)`);
}

/** Bytes that this user may still take of its file system. */
export function freeBytesIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** A run's folder, made by this process. */
export interface RunFolder {
  readonly folder: string;
  /** Of the table. */
  readonly address: bigint;
  readonly table: RunTable;
}

/** Locked tables of runs that this thread has made, by folder. They are open until it deletes the folder. */
const ownTables = new Map<string, number>();

/** Makes the folder of a run of this process. Throws and leaves nothing behind when it cannot. */
export function makeRunFolder(libc: Libc, directory: string, identity: RunIdentity, serviceName: string): RunFolder {
  openDirectory(directory);
  const folder = join(directory, `${nameOf(serviceName)}.${process.pid}.${randomUuid().slice(0, 8)}`);
  mkdirSync(folder, { mode: FOLDER_MODE });
  let locked: ReturnType<typeof lockTable>;
  try {
    // The process's mask may have taken more than others' rights.
    chmodSync(folder, FOLDER_MODE);
    const unfinished = join(folder, UNFINISHED_TABLE_FILE);
    const address = makeMapped(libc, unfinished, RUN_TABLE_BYTES);
    const table = new RunTable(libc.view(address, RUN_TABLE_BYTES));
    table.format(identity);
    locked = lockTable(libc, unfinished);
    renameSync(unfinished, join(folder, TABLE_FILE));
    if (locked !== undefined) ownTables.set(folder, locked.fd);
    return { folder, address, table };
  } catch (error) {
    if (locked !== undefined) unlockTable(libc, locked.fd);
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Folders of runs of services of this name, the damaged ones left out. Empty where the directory cannot be read. */
export function foldersOf(directory: string, serviceName: string): readonly string[] {
  const prefix = `${nameOf(serviceName)}.`;
  try {
    return readdirSync(directory)
      .filter((name) => name.startsWith(prefix) && !name.endsWith(DAMAGED))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

/** Whether a directory of runs has anything in it but this run's folder. `own` undefined: the run has none. */
export function holdsOthers(directory: string, own: string | undefined): boolean {
  try {
    return readdirSync(directory).some((name) => join(directory, name) !== own);
  } catch {
    return false;
  }
}

function nameOf(serviceName: string): string {
  return serviceName.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 64);
}

/** A lock on a run's table. It is over with {@link unlockTable}, or when the process ends. Undefined: another process has it. */
export function lockTable(libc: Libc, path: string): { readonly fd: number; readonly bytes: number } | undefined {
  const file = openOwn(path);
  if (libc.lock(file.fd)) return file;
  closeSync(file.fd);
  return undefined;
}

/** Other processes may claim the run from now on. */
export function unlockTable(libc: Libc, fd: number): void {
  libc.unlock(fd);
  closeSync(fd);
}

export function tablePath(folder: string): string {
  return join(folder, TABLE_FILE);
}

/** Deletes a folder. Under another name first: half of it must not be taken for a run. */
export function removeFolder(folder: string): void {
  const gone = folder.endsWith(GONE) ? folder : `${folder}${GONE}`;
  if (gone !== folder) renameSync(folder, gone);
  rmSync(gone, { recursive: true, force: true });
  const table = ownTables.get(folder);
  if (table === undefined) return;
  ownTables.delete(folder);
  closeSync(table);
}

/** Keeps a folder that cannot be read, under a name that is not searched for runs. Returns where it is then: it may be impossible to rename. */
export function setAside(folder: string): string {
  const aside = `${folder}${DAMAGED}`;
  try {
    renameSync(folder, aside);
    return aside;
  } catch {
    return folder;
  }
}
