/**
 * Whether a symbolic link at a path may be followed.
 *
 * Where only we can write to the folder, a link is intended and followed. Where others can (`/tmp`, a folder of the group), another user may have made one, so
 * that we write to a file of ours that this user may not write to. There a link is followed only if we or root made it, and otherwise refused; and a file is
 * opened so that a link which appears at the last moment is refused by the kernel. This is the rule of Linux's `fs.protected_symlinks`, which holds only where
 * it is switched on.
 */
import type { Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ownUserId } from '../common/own-user.ts';
import { codeOf, linkAt, readLink, realPathOf, statAt } from './descriptor.ts';
import type { Steps } from './steps.ts';

const WRITABLE_BY_OTHERS = 0o022;
const ROOT = 0;

/** Code of the error for a link that is not followed; see failure.ts. */
export const FOREIGN_LINK = 'FOREIGN_LINK';

/**
 * Whether a file may have been put there by another user, who reads all that is written to it. It is written all the same, with a warning: services of several
 * users may share a file.
 */
export function isPlanted({ uid, isInSharedFolder }: { readonly uid: number; readonly isInSharedFolder: boolean }): boolean {
  return isInSharedFolder && !isTrusted({ uid });
}

export interface Place {
  /** The name to open. */
  readonly path: string;
  /** Nothing but a file is expected there. */
  readonly refuseLinks: boolean;
}

/** The path to open for `path`. Throws with code {@link FOREIGN_LINK} for a link of another user in a folder that others can write to. */
export function* placeOf(path: string): Steps<Place> {
  // Windows has no user ids.
  if (process.geteuid === undefined) return { path, refuseLinks: false };
  const folder = yield* orUndefined(statAt(dirname(path)));
  if (folder === undefined || isOursAlone(folder)) return { path, refuseLinks: false };
  const found = yield* orUndefined(linkAt(path));
  if (found?.isSymbolicLink() !== true) return { path, refuseLinks: true };
  if (isTrusted(found)) {
    const target = yield* targetOf(path);
    const again = yield* orUndefined(linkAt(path));
    if (again?.ino === found.ino && isTrusted(again)) return { path: target, refuseLinks: true };
  }
  throw Object.assign(new Error(`it is a symbolic link of user ${found.uid}, in a folder that others can write to`), {
    code: FOREIGN_LINK,
  });
}

function isOursAlone(folder: Stats): boolean {
  return (folder.mode & WRITABLE_BY_OTHERS) === 0 && isTrusted(folder);
}

/** Whether its owner is this user or root, who can read and change everything anyway. */
export function isTrusted({ uid }: Pick<Stats, 'uid'>): boolean {
  return uid === ROOT || uid === ownUserId();
}

/** Where a link leads; also one whose target is still to be made. */
export function* targetOf(path: string): Steps<string> {
  try {
    return yield* realPathOf(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return resolve(dirname(path), yield* readLink(path));
  }
}

function* orUndefined<T>(steps: Steps<T>): Steps<T | undefined> {
  try {
    return yield* steps;
  } catch {
    return undefined;
  }
}
