// The folder of a stack belongs to one process at a time: a second `npm run stack` would take queues and audit files away from under the servers of
// the first. Who has it stands in a file there.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isProcessRunning } from '../servers/process.ts';

const OWNER = 'process-id';

/** Empties the folder and takes it. Throws when a process that still runs has it. */
export function takeFolder(folder: string): void {
  const owner = ownerOf(folder);
  if (owner !== undefined && owner !== process.pid && isProcessRunning(owner))
    throw new Error(
      `A stack runs in ${folder} already, process ${owner}. Stop it first (Ctrl-C where it runs, or: kill ${owner}).`,
    );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, OWNER), `${process.pid}\n`);
}

/** What the servers have written stays, to be looked at. */
export function leaveFolder(folder: string): void {
  rmSync(join(folder, OWNER), { force: true });
}

function ownerOf(folder: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(folder, OWNER), 'utf8'), 10);
  } catch {
    return undefined;
  }
}
