/**
 * Folders of a destination's spools below the directory of the setting:
 *
 * ```
 * <directory>/<service>/logs.1/      of the first process of the service
 * <directory>/<service>/logs.2/      of the second one that runs at the same time
 * <directory>/<service>/audit.1/
 * ```
 *
 * A process takes the first folder that is free: after a restart that is the one it had. Folders with records that no process uses, such as those of a cluster
 * that has fewer workers now, are taken over by the first process that finds them.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { percentDecoded } from '../common/http/percent-decoded.ts';
import { codeOf } from '../files/descriptor.ts';
import { makeDirectories } from '../files/directories.ts';
import { runAsync } from '../files/steps.ts';
import { recordsOf } from '../health/tally.ts';
import type { Lane } from '../record.ts';
import { beyond } from './counts.ts';
import { FolderLock } from './lock.ts';
import { findSegments } from './segments.ts';
import { readState } from './state-file.ts';

const readdir = promisify(fs.readdir) as (path: string) => Promise<string[]>;

/** Processes of one service that spool on one host at a time. */
const MOST_FOLDERS = 1_000;

export interface OwnedFolder {
  readonly path: string;
  readonly lock: FolderLock;
}

/** The folder of a service: its name, fit for a file name. */
export function serviceFolder(directory: string, service: string): string {
  return join(directory, encodeURIComponent(service).replaceAll('.', '%2E').replaceAll('*', '%2A').slice(0, 200));
}

/** The name of the service whose folder has this name. A name that cannot be decoded is none that this package has made. */
export function serviceOf(name: string): string {
  return percentDecoded(name);
}

/** Whether an earlier run has made the folder of a service. */
export function isThere(serviceDirectory: string): Promise<boolean> {
  return readdir(serviceDirectory).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  );
}

/** Locks the first free folder, which is made if need be. Rejects where none can be made. */
export async function takeFolder(serviceDirectory: string, lane: Lane, token: string): Promise<OwnedFolder> {
  for (let number = 1; number <= MOST_FOLDERS; number++) {
    const path = join(serviceDirectory, `${lane}.${number}`);
    await runAsync(makeDirectories(path));
    const lock = await FolderLock.acquire(path, token);
    if (lock !== undefined) return { path, lock };
  }
  throw new Error(`all ${MOST_FOLDERS} spools of ${serviceDirectory} are in use`);
}

/** Locks the folders with records that no process uses. */
export async function takeAbandoned(
  serviceDirectory: string,
  lane: Lane,
  token: string,
  except: readonly string[],
): Promise<readonly OwnedFolder[]> {
  const taken: OwnedFolder[] = [];
  const names = await readdir(serviceDirectory).catch(() => []);
  for (const name of spoolsOf(lane, names)) {
    const path = join(serviceDirectory, name);
    if (except.includes(path) || !(await holdsSomething(path))) continue;
    const lock = await FolderLock.acquire(path, token).catch(() => undefined);
    if (lock !== undefined) taken.push({ path, lock });
  }
  return taken;
}

/** Of the names in the folder of a service, those of a lane's spools in the order of their numbers. */
export function spoolsOf(lane: Lane, names: readonly string[]): readonly string[] {
  return names
    .flatMap((name) => {
      const [, own, number] = /^(\w+)\.(\d+)$/.exec(name) ?? [];
      return own === lane ? [Number(number)] : [];
    })
    .sort((left, right) => left - right)
    .map((number) => `${lane}.${number}`);
}

async function holdsSomething(folder: string): Promise<boolean> {
  const state = await readState(folder);
  if (state !== undefined && recordsOf(beyond(state.end.counts, state.released.counts)) > 0) return true;
  const { segments } = await findSegments(folder, state?.spoolKey);
  return segments.some(({ head }) => state === undefined || head.segment >= state.end.segment);
}
