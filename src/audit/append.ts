/**
 * Appends to the audit file from the caller's thread, waiting for the kernel: for the moment when the audit lane is full, and for the end of a
 * process whose worker did not answer. Goes to the same file of the day as the worker's writer; both append whole lines, so they interleave.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Outcome } from '../contract/backend.ts';
import { SUCCESS } from '../contract/backend.ts';
import { CANNOT_SYNC_DIRECTORY, codeOf } from '../files/descriptor.ts';
import { makeDirectoriesSync } from '../files/directories.ts';
import { FILE_MODE } from '../files/line-file.ts';
import { troubleWith } from '../files/trouble.ts';
import { unixMillis } from '../time/clock.ts';
import { type AuditTarget, auditFilePath } from './format.ts';

const { closeSync, fdatasyncSync, fstatSync, fsyncSync, openSync, readSync, writeSync } = fs;
const { O_APPEND, O_CREAT, O_DSYNC, O_NONBLOCK, O_RDONLY, O_RDWR } = fs.constants;
const APPEND = O_RDWR | O_APPEND | O_CREAT | (O_NONBLOCK ?? 0);

const NEWLINE = 10;

export interface AppendOptions {
  /** Waits for the disk, too, and for the directory entry of a new file. Default false: the kernel has the line, and it survives the process; the worker's next flush makes it safe. */
  readonly sync?: boolean;
  /** Unix milliseconds that choose the file. Default: now. */
  readonly now?: number;
}

/**
 * Appends one line, or several, newlines included. Never throws. `retryable`: nothing, or only a part, was taken; the caller counts the line as
 * lost or offers it again. A part that was taken stays as a line that does not parse, and the next line starts on a line of its own.
 *
 * Opens and closes the file each time, which is what makes it right after any rotation, deletion or fork.
 */
export function appendAuditLineSync(target: AuditTarget, line: Uint8Array, options: AppendOptions = {}): Outcome {
  const path = auditFilePath(target, options.now ?? unixMillis());
  let fd: number | undefined;
  try {
    const isSynced = options.sync === true;
    fd = openForAppendSync(path, isSynced ? APPEND | (O_DSYNC ?? 0) : APPEND, target.mode ?? FILE_MODE);
    const size = sizeOf(fd);
    const bytes = endsInNewline(fd, size) ? line : Buffer.concat([Uint8Array.of(NEWLINE), line]);
    for (let taken = 0; taken < bytes.length; ) taken += writeSync(fd, bytes, taken, bytes.length - taken, null);
    if (isSynced) {
      // Where a descriptor can be told to wait, it has waited. Node's permission model leaves no other way.
      if (O_DSYNC === undefined) fdatasyncSync(fd);
      if (size === 0) syncDirectorySync(dirname(path));
    }
    return SUCCESS;
  } catch (error) {
    return troubleWith(path, error);
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}

function openForAppendSync(path: string, flags: number, mode: number): number {
  try {
    return openSync(path, flags, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    makeDirectoriesSync(dirname(path));
    return openSync(path, flags, mode);
  }
}

/** Bytes in a regular file; 0 for anything else. */
function sizeOf(fd: number): number {
  const stats = fstatSync(fd);
  return stats.isFile() ? stats.size : 0;
}

/** False when some writer was stopped in the middle of a line. */
function endsInNewline(fd: number, size: number): boolean {
  const last = new Uint8Array(1);
  return size === 0 || readSync(fd, last, 0, 1, size - 1) === 0 || last[0] === NEWLINE;
}

function syncDirectorySync(path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, O_RDONLY);
    fsyncSync(fd);
  } catch (error) {
    if (!CANNOT_SYNC_DIRECTORY.has(codeOf(error) ?? '')) throw error;
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // The number is free all the same, and what was written is written.
  }
}
