/**
 * A folder that one instance of one process uses at a time, also on file systems that know no locks.
 *
 * Lock files are numbered; the one with the highest number names the owner. A process that finds the owner dead makes the next one; the file can be made by one
 * process only. The new owner removes the older ones. A starter that has looked too early may make one of those again: it looks once more, finds a higher
 * number, and has not got it.
 *
 * Whether an owner lives is known by its process id, the time its process was started, and its boot and process namespace, so that a reused id is recognised.
 * For owners elsewhere (another container, another host on a shared disk) the lock's own age decides: owners touch it again and again.
 */
import fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRunning, thisProcess } from '../common/process/process-identity.ts';
import { unixMillis } from '../time/clock.ts';
import { repeat } from '../time/real-timers.ts';
import { FILE_MODE } from './file.ts';

const readdir = promisify(fs.readdir) as (path: string) => Promise<string[]>;
const readFile = promisify(fs.readFile) as (path: string, encoding: 'utf8') => Promise<string>;
const writeFile = promisify(fs.writeFile);
const link = promisify(fs.link);
const rename = promisify(fs.rename);
const unlink = promisify(fs.unlink);
const utimes = promisify(fs.utimes);
const stat = promisify(fs.stat);
const { readlinkSync } = fs;

const LOCK = /^lock-(\d+)$/;

/** How often an owner touches its lock. */
const TOUCH_MILLIS = 5_000;
/** An owner elsewhere that has not touched it for so long is gone: several turns of a busy machine. */
const GONE_AFTER_MILLIS = 30_000;

/** A possible owner of a folder. */
export interface Owner {
  readonly pid: number;
  /** Of the process, in the kernel's own unit; empty where the system does not say. */
  readonly started: string;
  /** Boot, host and process namespace: where process ids mean the same. */
  readonly place: string;
  /** Distinguishes the instances of a process. The successor of a worker that has died has its token, and so its folder. */
  readonly token: string;
}

export class FolderLock {
  readonly #path: string;
  readonly #stopTouching: () => void;

  private constructor(path: string) {
    this.#path = path;
    this.#stopTouching = repeat(() => {
      const now = new Date(unixMillis());
      utimes(path, now, now).catch(() => {});
    }, TOUCH_MILLIS);
  }

  /** Undefined when another owner has the folder, which must exist. Rejects where no lock can be made. */
  static async acquire(folder: string, token: string): Promise<FolderLock | undefined> {
    const own = ownerOf(token);
    const [newest] = await locksIn(folder);
    if (newest !== undefined && (await isHeld(newest.path, own))) return undefined;
    const number = (newest?.number ?? 0) + 1;
    const path = join(folder, `lock-${number}`);
    if (!(await create(path, own))) return undefined;
    const [highest, ...older] = await locksIn(folder);
    if (highest !== undefined && highest.number > number) {
      await unlink(path).catch(() => {});
      return undefined;
    }
    for (const each of older) await unlink(each.path).catch(() => {});
    return new FolderLock(path);
  }

  /** The folder is free for others. Its lock file stays, so that numbers go on. */
  async release(): Promise<void> {
    this.#stopTouching();
    await replace(this.#path, FREE).catch(() => {});
  }
}

/** Whether an owner uses the folder. */
export async function isLocked(folder: string): Promise<boolean> {
  const [newest] = await locksIn(folder).catch(() => []);
  return newest !== undefined && isHeld(newest.path, ownerOf(''));
}

const FREE = 'free\n';

/** With its contents at once, so that it is never half written. False when it is there already. */
async function create(path: string, owner: Owner): Promise<boolean> {
  const draft = `${path}.${owner.pid}.${owner.token}`;
  await writeFile(draft, `${JSON.stringify(owner)}\n`, { mode: FILE_MODE });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft).catch(() => {});
  }
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.free`;
  await writeFile(draft, text, { mode: FILE_MODE });
  await rename(draft, path);
}

/** The highest number first. */
async function locksIn(folder: string): Promise<{ readonly number: number; readonly path: string }[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => {
      const number = LOCK.exec(name)?.[1];
      return number === undefined ? [] : [{ number: Number(number), path: join(folder, name) }];
    })
    .sort((left, right) => right.number - left.number);
}

async function isHeld(path: string, own: Owner): Promise<boolean> {
  let owner: Owner;
  let touched: number;
  try {
    const text = await readFile(path, 'utf8');
    if (text === FREE) return false;
    owner = JSON.parse(text) as Owner;
    touched = (await stat(path)).mtimeMs;
  } catch {
    return false; // It was just removed, or its owner cannot be read.
  }
  if (owner.place !== own.place) return unixMillis() - touched < GONE_AFTER_MILLIS;
  if (owner.pid === own.pid && owner.started === own.started) return owner.token !== own.token;
  return isAlive(owner);
}

/** Where the system does not say when a process started, the text is empty. */
function isAlive({ pid, started }: Owner): boolean {
  return isRunning({ pid, startTicks: Number(started), bootId: '' });
}

function ownerOf(token: string): Owner {
  const { pid, startTicks, bootId } = thisProcess();
  return {
    pid,
    started: startTicks === 0 ? '' : String(startTicks),
    place: [hostname(), bootId, processNamespace()].join(' '),
    token,
  };
}

/** Empty where it is not Linux. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
