/**
 * The files of the audit trail: JSON lines, one record each, in files named after the day they were written on:
 *
 * ```
 * audit.jsonl   daily    audit-2026-11-23.jsonl
 *               hourly   audit-2026-11-23T14.jsonl
 *               none     audit.jsonl
 * ```
 *
 * The name holds the date from the first byte on, and no audit file is ever renamed: any number of processes find the file of the day without
 * knowing of each other, and a file whose day is over is complete. After a failed sync the trail goes on in `audit-2026-11-23.1.jsonl`.
 * A record's own time may lie before the day of its file by as long as it has waited. Nothing deletes audit files: the operator decides how long to keep them.
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

/** Label of a file of the period at `unixMillis`; empty where there are no periods. */
export function periodLabel({ rotation = 'daily', rotationClock = 'utc' }: AuditTarget, unixMillis: number): string {
  return rotation === 'none' ? '' : labelOf(unixMillis, rotation === 'daily' ? 'day' : 'hour', rotationClock);
}

/** Path of the first file of a period. */
export function auditFilePath({ path }: AuditTarget, label: string): string {
  const extension = extname(path);
  return label === '' ? path : join(dirname(path), `${basename(path, extension)}-${label}${extension}`);
}
