/**
 * Errors of a file with remedies for an operator. Every one of them is retried: disks are freed, directories come back, permissions are restored, and until
 * then records wait in the outbox.
 */
import { errorText } from '../common/error-text.ts';
import type { Outcome } from '../contract/backend.ts';
import { codeOf } from './descriptor.ts';
import { FOREIGN_LINK } from './place.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free space, or keep fewer rotated log files.',
  EDQUOT: "The user's disk quota is used up: free space or raise it.",
  EFBIG: 'The file has reached the process limit on file sizes (ulimit -f): raise it, or rotate by bytes below it.',
  EACCES: 'Give the process permission to write the file and to create files in its directory.',
  EPERM: 'Give the process permission to write the file and to create files in its directory.',
  EROFS: 'The file system is mounted read-only: remount it writable, or choose another path.',
  EIO: 'The disk reports an input/output error: look at the kernel log.',
  EISDIR: 'The path is a directory: name a file in it.',
  ENOTDIR: 'A part of the path is a file: choose another path.',
  ENOENT: 'Its directory is not there and could not be made: make it, or give another path.',
  ENXIO: 'The path is a FIFO without a reader: start its reader.',
  EPIPE: 'The reader of this FIFO has ended: start it again.',
  EAGAIN: 'The reader of this FIFO does not keep up.',
  EMFILE: 'The process has no file descriptor left: raise ulimit -n.',
  ENFILE: 'The system has no file descriptor left.',
  ENAMETOOLONG: 'Choose a shorter path.',
  ELOOP:
    'The path is a symbolic link that leads nowhere, or one that has just appeared in a folder others can write to: remove it, or choose another path.',
  [FOREIGN_LINK]: 'It is not followed: remove the link, or choose a folder that only this user can write to.',
};

/** Errors after which the descriptor is still good: room or a reader is missing. */
const KEEPS_DESCRIPTOR: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EAGAIN', 'EINTR', 'ENOMEM']);

export function keepsDescriptor(error: unknown): boolean {
  return KEEPS_DESCRIPTOR.has(codeOf(error) ?? '');
}

/** A sink's outcome: the error as a text with a remedy. */
export function fileFailure(path: string, error: unknown): Outcome & { readonly status: 'retryable' } {
  const remedy = REMEDIES[codeOf(error) ?? ''];
  return { status: 'retryable', message: `${path}: ${errorText(error)}.${remedy === undefined ? '' : ` ${remedy}`}` };
}
