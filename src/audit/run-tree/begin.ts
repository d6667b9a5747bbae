/**
 * Where the tree of a run begins: at the end that the audit file of now has before anything of the run can be written. A day's file may be large, and its lines
 * up to there belong to other runs.
 */
import { statSync } from 'node:fs';
import type { Block } from '../../memory/block.ts';
import { unixMillis } from '../../time/clock.ts';
import { CurrentFile } from '../current-file.ts';
import type { AuditTarget } from '../format.ts';
import { TreeStore } from './state.ts';

/** To be called once for a run, before any thread writes. */
export function beginTree(run: Block, target: AuditTarget, now: () => number = unixMillis): void {
  const { key, path } = new CurrentFile(target, run, now).get();
  const store = new TreeStore(run);
  const { version, state, frontier } = store.load();
  store.store(version, { ...state, key, ...placeIn(path) }, frontier);
}

/** A file whose size cannot be read is taken from its start on. */
function placeIn(path: string): { readonly ino: number; readonly position: number } {
  try {
    const { ino, size } = statSync(path);
    return { ino, position: size };
  } catch {
    return { ino: 0, position: 0 };
  }
}
