/**
 * Rotation: when a file is set aside, its name then, and which of the old files are deleted.
 *
 * The file at its path is always the one being written. Set aside it gets the period of its lines into its name, in front of the extension:
 *
 * ```
 * app.log     daily      app.2026-11-23.log
 *             hourly     app.2026-11-23T14.log
 *             by bytes   app.2026-11-23T14-05-09.log       (moment of the rotation)
 *             name taken app.2026-11-23.1.log, app.2026-11-23.2.log, …
 * ```
 *
 * so that a listing by name is a listing by order of rotation, and `*.log` still means all of them. A name is first reserved by creating it, which only one
 * process can, and the reserved empty file is then replaced by the rename: no file is ever overwritten, not even when two processes rotate at
 * once. The second of them finds the path gone or another file there, and gives its reservation back; at worst, between that look and the rename, it
 * sets an almost empty file aside.
 */
import { basename, dirname, extname, join } from 'node:path';
import { codeOf, createEmpty, linkAt, namesIn, removeFile, renameFile, statAt } from './descriptor.ts';
import type { Steps } from './steps.ts';

export type RotationClock = 'utc' | 'local';

const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = 86_400_000;

/** Names tried before it is given up: more than the rotations that fit into one second, or processes that rotate at once. */
const MAX_SAME_NAMES = 10_000;

/** Age at which an empty file set aside is no reservation any more: its process died in between. */
const RESERVED_MILLIS = 60_000;

/** Date, then hour, then minute and second of a label, then the number that distinguishes equal names; see {@link isLabel}. */
const LABEL = /^(\d{4}-\d{2}-\d{2}(?:T\d{2}(?:-\d{2}-\d{2})?)?)(?:\.([1-9]\d{0,8}))?$/;

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

/**
 * Renames the file at `path` away if it still is inode `ino`. Returns the label it has got, which may be later than the one asked for; undefined when it was not
 * that inode any more: another process has set it aside.
 */
export function* setAside(path: string, ino: number, label: string, mode: number): Steps<string | undefined> {
  const first = yield* nameAfterAll(path, label);
  const nameAt = (index: number) => {
    const number = first.number + index;
    return asideName(path, number === 0 ? first.label : `${first.label}.${number}`);
  };
  const target = yield* reserve(nameAt, mode);
  try {
    if ((yield* statAt(path)).ino === ino) {
      yield* renameFile(path, target);
      return first.label;
    }
    yield* removeFile(target);
    return undefined;
  } catch (error) {
    yield* removeFile(target);
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Creates the first of the names `nameAt(0)`, `nameAt(1)`, … that no file bears, as an empty file, and returns it. */
export function* reserve(nameAt: (index: number) => string, mode: number): Steps<string> {
  for (let index = 0; index < MAX_SAME_NAMES; index++) {
    const name = nameAt(index);
    try {
      yield* createEmpty(name, mode);
      return name;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
  throw new Error(`${nameAt(0)} and all its numbered successors exist: move them away`);
}

/**
 * Label and number for a file that is set aside now: behind those of every file set aside before, so that the order of names is the order of rotation, whatever
 * the clock does. Where a file is named later than now (the clock was ahead; the hour that comes twice; names by UTC, now local ones), its label is taken, with
 * a higher number. Not the first free number either: those that `keep` has freed are lower.
 */
function* nameAfterAll(path: string, label: string): Steps<{ readonly label: string; readonly number: number }> {
  for (const newest of yield* filesAside(path)) {
    if (newest.label < label) break;
    if (yield* isFile(join(dirname(path), newest.name))) return { label: newest.label, number: newest.number + 1 };
  }
  return { label, number: 0 };
}

/** Files of ours beside `path` that were set aside, newest first. */
export function* listAside(path: string): Steps<string[]> {
  return (yield* filesAside(path)).map(({ name }) => join(dirname(path), name));
}

/** Whether {@link labelOf} may have made it: a file of another name, as of the 45th of month 13, is not ours to count or to delete. */
function isLabel(text: string): boolean {
  const [day = '', time = '00'] = text.split('T');
  const [hour, minute = '00', second = '00'] = time.split('-');
  const moment = new Date(`${day}T${hour}:${minute}:${second}Z`);
  const precision = text.length === 10 ? 'day' : text.length === 13 ? 'hour' : 'second';
  // Days beyond a month's last are taken for days of the next one.
  return !Number.isNaN(moment.getTime()) && labelOf(moment.getTime(), precision, 'utc') === text;
}

interface AsideFile {
  readonly name: string;
  readonly label: string;
  readonly number: number;
}

function* filesAside(path: string): Steps<AsideFile[]> {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}.`;
  const found: AsideFile[] = [];
  for (const name of yield* namesIn(dirname(path))) {
    if (!name.startsWith(prefix) || !name.endsWith(extension) || name.length < prefix.length + extension.length) continue;
    const match = LABEL.exec(name.slice(prefix.length, name.length - extension.length));
    if (match !== null && isLabel(match[1]!)) found.push({ name, label: match[1]!, number: Number(match[2] ?? 0) });
  }
  found.sort((left, right) => (left.label === right.label ? right.number - left.number : left.label < right.label ? 1 : -1));
  return found;
}

/**
 * Deletes all but the newest `keep` files set aside; 0 keeps all. Directories, links and other things with such a name stay, and so do empty
 * files of the last minute: another process may have reserved them.
 */
export function* deleteOldest(path: string, keep: number, now: number): Steps<void> {
  if (keep === 0) return;
  for (const old of (yield* listAside(path)).slice(keep)) {
    if (yield* isFile(old, (size, modifiedMillis) => size > 0 || modifiedMillis < now - RESERVED_MILLIS)) yield* removeFile(old);
  }
}

/** False also for a file that is already deleted: another process may be deleting the same files. */
function* isFile(path: string, is = (_size: number, _modifiedMillis: number) => true): Steps<boolean> {
  try {
    const stats = yield* linkAt(path);
    return stats.isFile() && is(stats.size, stats.mtimeMs);
  } catch {
    return false;
  }
}
