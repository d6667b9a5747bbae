/**
 * The segment files of a folder: their names, finding them again, and setting aside what cannot be read.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorText } from '../common/error-text.ts';
import { PlacedFile } from './file.ts';
import { decodeHead, FIRST_ENTRY_OFFSET, type Key, type SegmentHead } from './layout.ts';

const readdir = promisify(fs.readdir) as (path: string) => Promise<string[]>;
const rename = promisify(fs.rename);
const unlink = promisify(fs.unlink);

const SUFFIX = '.seg';
const ASIDE_SUFFIX = '.damaged';

/** Segments that are set aside are for people to look at; the oldest go when there are more. */
const MOST_ASIDE = 4;

export interface Segment {
  readonly path: string;
  readonly head: SegmentHead;
  /** Offset behind its last entry, as far as is known. */
  bytes: number;
  /** Kept open while it is written, and when its name is gone. */
  file: PlacedFile | undefined;
  /** Something in it could not be read. It is set aside when the rest has been delivered. */
  isDamaged: boolean;
}

export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(12, '0')}${SUFFIX}`);
}

export interface FoundSegments {
  /** By number, each number once. */
  readonly segments: readonly Segment[];
  /** Paths of files that are no segment of this spool, and why. */
  readonly others: readonly { readonly path: string; readonly why: string }[];
  /** Paths of empty files: their process was killed between making the file and writing its head, so nothing was ever acknowledged in them. */
  readonly unbegun: readonly string[];
}

/** `spoolKey`: of the spool they must belong to; undefined: that of the first one. A missing folder holds none. */
export async function findSegments(folder: string, spoolKey: Key | undefined): Promise<FoundSegments> {
  const segments = new Map<number, Segment>();
  const others: { path: string; why: string }[] = [];
  const unbegun: string[] = [];
  let key = spoolKey;
  for (const path of await pathsOf(folder, SUFFIX)) {
    const found = await readSegment(path);
    if (found === UNBEGUN) {
      unbegun.push(path);
      continue;
    }
    if (typeof found === 'string') {
      others.push({ path, why: found });
      continue;
    }
    key ??= found.head.spoolKey;
    const { segment, spoolKey: own } = found.head;
    if (own !== key) others.push({ path, why: 'it belongs to another spool' });
    else if (segments.has(segment)) others.push({ path, why: `it is a copy of segment ${segment}` });
    else segments.set(segment, found);
  }
  return { segments: [...segments.values()].sort((left, right) => left.head.segment - right.head.segment), others, unbegun };
}

const UNBEGUN: unique symbol = Symbol('unbegun');

/** A text says why it is none. */
async function readSegment(path: string): Promise<Segment | string | typeof UNBEGUN> {
  let file: PlacedFile | undefined;
  try {
    file = await PlacedFile.open(path, 'read');
    if ((await file.size()) === 0) return UNBEGUN;
    const head = decodeHead(await file.read(0, FIRST_ENTRY_OFFSET));
    if (head === undefined) return 'its head is damaged';
    return { path, head, bytes: Math.max(FIRST_ENTRY_OFFSET, await file.size()), file: undefined, isDamaged: false };
  } catch (error) {
    return errorText(error);
  } finally {
    await file?.close();
  }
}

/** Gives a file a name that no spool reads. Where that cannot be done it stays, and is skipped again by the next run. */
export async function setAside(folder: string, path: string): Promise<void> {
  await rename(path, `${path}${ASIDE_SUFFIX}`).catch(() => {});
  const aside = await pathsOf(folder, ASIDE_SUFFIX);
  for (const old of aside.slice(0, -MOST_ASIDE)) await removeSegment(old);
}

/** Where it cannot be removed it stays; the state says that it was delivered. */
export async function removeSegment(path: string): Promise<void> {
  await unlink(path).catch(() => {});
}

async function pathsOf(folder: string, suffix: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
