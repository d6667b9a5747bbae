/**
 * What an audit file is called and what stands in it: known here and to the two writers that use it, file-sink.ts (worker) and
 * append.ts (caller), and to nobody else, so that a chain of hashes can come into the files without any other file noticing.
 *
 * JSON lines, one record each, in files named after the day they were written on:
 *
 * ```
 * audit.jsonl   daily    audit-2026-11-23.jsonl
 *               hourly   audit-2026-11-23T14.jsonl
 *               none     audit.jsonl
 * ```
 *
 * The name holds the date from the first byte on, and no audit file is ever renamed: any number of writers find the file of the day without
 * knowing of each other, and a file whose day is over is complete. After a failed sync the worker goes on in `audit-2026-11-23.1.jsonl`.
 * A record's own time may lie before the day of its file by as long as it has waited. Nothing deletes audit files: how long they are kept is for
 * whoever must answer for them.
 */
import { basename, dirname, extname, join } from 'node:path';
import { labelOf, type RotationClock } from '../files/rotation.ts';

export interface AuditTarget {
  /** Path without the date, for example `/var/log/gateway/audit.jsonl`. */
  readonly path: string;
  /** Default `daily`. */
  readonly rotation?: 'none' | 'daily' | 'hourly';
  /** Clock that the names follow. Default `utc`. */
  readonly rotationClock?: RotationClock;
  /** Permissions of new files, before the umask. Default 0640. */
  readonly mode?: number;
}

/** Path of the file that a line written at `unixMillis` goes to. */
export function auditFilePath(target: AuditTarget, unixMillis: number): string {
  const { path, rotation = 'daily', rotationClock = 'utc' } = target;
  if (rotation === 'none') return path;
  const extension = extname(path);
  return join(
    dirname(path),
    `${basename(path, extension)}-${labelOf(unixMillis, rotation === 'daily' ? 'day' : 'hour', rotationClock)}${extension}`,
  );
}
