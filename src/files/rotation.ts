/**
 * When a file is set aside, what it is called then, and which of the files set aside are deleted.
 *
 * The file at its path is always the one being written. Set aside it is named after what it holds, in front of the extension:
 *
 * ```
 * app.log     daily      app.2026-11-23.log
 *             hourly     app.2026-11-23T14.log
 *             by bytes   app.2026-11-23T14-05-09.log       (moment of the rotation)
 *             name taken app.2026-11-23.1.log, app.2026-11-23.2.log, …
 * ```
 *
 * so that a listing by name is a listing by time, and `*.log` still means all of them. A name is first reserved by creating it, which only one
 * process can, and the reserved empty file is then replaced by the rename: no file is ever overwritten, not even when two processes rotate at
 * once. Who comes second finds the path gone or another file there, and gives its reservation back; at worst, between that look and the rename, it
 * sets an almost empty file aside.
 */
import { lstat, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { codeOf, createEmpty } from './descriptor.ts';

export type RotationClock = 'utc' | 'local';

const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = 86_400_000;

/** Names tried before it is given up: more than the rotations that fit into one second, or processes that rotate at once. */
const MAX_SAME_NAMES = 10_000;

/** Age at which an empty file set aside is no reservation any more: its process died in between. */
const RESERVED_MILLIS = 60_000;

/** Date, then hour, then minute and second of a label, then the number that tells equal names apart. */
const LABEL = /^(\d{4}-\d{2}-\d{2}(?:T\d{2}(?:-\d{2}-\d{2})?)?)(?:\.(\d+))?$/;

/** `2026-11-23`, `2026-11-23T14` or `2026-11-23T14-05-09`. */
export function labelOf(unixMillis: number, precision: 'day' | 'hour' | 'second', clock: RotationClock): string {
  const date = new Date(unixMillis);
  const shown =
    clock === 'utc'
      ? date
      : new Date(
          Date.UTC(date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()),
        );
  const text = shown.toISOString();
  if (precision === 'day') return text.slice(0, 10);
  return precision === 'hour' ? text.slice(0, 13) : text.slice(0, 19).replaceAll(':', '-');
}

/** Unix milliseconds at which the day or hour that `unixMillis` is in ends. Where the clock is set back, the hour that comes twice counts as one. */
export function periodEnd(unixMillis: number, every: 'daily' | 'hourly', clock: RotationClock): number {
  if (clock === 'utc') {
    const length = every === 'daily' ? DAY_MILLIS : HOUR_MILLIS;
    return (Math.floor(unixMillis / length) + 1) * length;
  }
  const now = new Date(unixMillis);
  const next = new Date(
    now.getFullYear(),
    now.getMonth(),
    now.getDate() + (every === 'daily' ? 1 : 0),
    every === 'daily' ? 0 : now.getHours() + 1,
  );
  // Where that time of day does not exist or comes twice, Date picks one side of the change, which may lie behind us.
  return next.getTime() > unixMillis ? next.getTime() : unixMillis + HOUR_MILLIS;
}

/** `app.log` and a label → `app.label.log`. */
export function asideName(path: string, label: string): string {
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}.${label}${extension}`);
}

/** Renames the file at `path` away if it still is inode `ino`. False when it was not: another process has set it aside. */
export async function setAside(path: string, ino: number, label: string, mode: number): Promise<boolean> {
  const first = await numberAfter(path, label);
  const target = await reserve((number) => asideName(path, first + number === 0 ? label : `${label}.${first + number}`), mode);
  try {
    const moved = (await stat(path)).ino === ino;
    if (moved) await rename(path, target);
    else await unlink(target);
    return moved;
  } catch (error) {
    await unlink(target).catch(() => {});
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Creates the first of the names `nameAt(0)`, `nameAt(1)`, … that no file bears, as an empty file, and returns it. */
export async function reserve(nameAt: (number: number) => string, mode: number): Promise<string> {
  for (let number = 0; number < MAX_SAME_NAMES; number++) {
    const name = nameAt(number);
    try {
      await createEmpty(name, mode);
      return name;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
  throw new Error(`${nameAt(0)} and all its numbered successors exist: move them away`);
}

/**
 * The number behind the highest that a file with this label bears. Not the first free one: names freed by `keep` are lower, and what is set aside now
 * would be taken for the oldest.
 */
async function numberAfter(path: string, label: string): Promise<number> {
  const newest = (await filesAside(path)).find((file) => file.label === label);
  return newest === undefined ? 0 : newest.number + 1;
}

/** Files of ours beside `path` that were set aside, newest first. */
export async function listAside(path: string): Promise<string[]> {
  return (await filesAside(path)).map(({ name }) => join(dirname(path), name));
}

interface AsideFile {
  readonly name: string;
  readonly label: string;
  readonly number: number;
}

async function filesAside(path: string): Promise<AsideFile[]> {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}.`;
  const found: AsideFile[] = [];
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix) || !name.endsWith(extension) || name.length < prefix.length + extension.length) continue;
    const match = LABEL.exec(name.slice(prefix.length, name.length - extension.length));
    if (match !== null) found.push({ name, label: match[1]!, number: Number(match[2] ?? 0) });
  }
  found.sort((left, right) => (left.label === right.label ? right.number - left.number : left.label < right.label ? 1 : -1));
  return found;
}

/**
 * Deletes all but the newest `keep` files set aside; 0 keeps all. Directories, links and whatever else bears such a name stay, and so do empty
 * files of the last minute: another process may have reserved them.
 */
export async function deleteOldest(path: string, keep: number, now: number): Promise<void> {
  if (keep === 0) return;
  for (const old of (await listAside(path)).slice(keep)) {
    // Another process may be deleting the same ones.
    const stats = await lstat(old).catch(() => undefined);
    if (stats?.isFile() && (stats.size > 0 || stats.mtimeMs < now - RESERVED_MILLIS)) await unlink(old).catch(() => {});
  }
}
