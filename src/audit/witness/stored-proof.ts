/**
 * A proof that the tree of a run begins with an earlier one, from the audit files: for a worker that has taken another's place, and does not know what a witness knows.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { CHECKPOINTS_SUFFIX } from '../run-tree/checkpoint-file.ts';
import { isOfRun, NEWLINE, runMark } from '../run-tree/lines.ts';
import { HASH_BYTES, leafHash } from '../tree/hash.ts';
import { consistencyProof } from '../tree/proof.ts';
import { readNotes } from '../verify/checkpoints.ts';
import { SubtreeCollector } from '../verify/inclusion.ts';
import { linesOf } from '../verify/lines-of.ts';

export interface StoredRun {
  /** Path of the trail, without a date. */
  readonly path: string;
  readonly origin: string;
  /** Member `run` of the run's lines. */
  readonly run: string;
}

/** Undefined: the files have not all lines of the run any more. Rejects with the system's error for one that cannot be read. */
export async function storedProof(stored: StoredRun, before: number, size: number): Promise<Buffer[] | undefined> {
  const collector = new SubtreeCollector((take) =>
    consistencyProof(before, size, (from, to) => {
      take(from, to);
      return Buffer.alloc(HASH_BYTES);
    }),
  );
  const mark = runMark(stored.run);
  const hash = Buffer.alloc(HASH_BYTES);
  const openings = await openingsOf(stored);
  let index = 0;
  for (const [i, { file, from }] of openings.entries()) {
    const end = Math.min(size, openings[i + 1]?.from ?? size);
    if (index !== from) return undefined;
    for await (const { bytes } of linesOf(file)) {
      for (
        let start = 0, stop = bytes.indexOf(NEWLINE);
        stop >= 0 && index < end;
        start = stop + 1, stop = bytes.indexOf(NEWLINE, start)
      ) {
        const line = bytes.subarray(start, stop);
        if (isOfRun(line, mark)) collector.add(index++, leafHash(line, hash));
      }
      if (index >= end) break;
    }
    if (index >= size) break;
  }
  return index === size ? collector.hashes : undefined;
}

/** The files that the run is in, and the leaves in front of each. */
async function openingsOf({ path, origin }: StoredRun): Promise<readonly { readonly file: string; readonly from: number }[]> {
  const extension = extname(path);
  const stem = basename(path, extension);
  const found: { readonly file: string; readonly from: number }[] = [];
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(stem) || !name.endsWith(extension + CHECKPOINTS_SUFFIX)) continue;
    const file = join(dirname(path), name.slice(0, -CHECKPOINTS_SUFFIX.length));
    for await (const { checkpoint } of readNotes(file + CHECKPOINTS_SUFFIX, () => {}))
      if (checkpoint?.why === 'opening' && checkpoint.origin === origin) found.push({ file, from: checkpoint.size });
  }
  return found.sort((left, right) => left.from - right.from);
}
