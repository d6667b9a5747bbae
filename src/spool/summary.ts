/**
 * Contents of the spools of a directory, read from outside: nothing is locked or changed, so it may be slightly out of date.
 */

import fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from '../files/descriptor.ts';
import { recordsOf } from '../health/tally.ts';
import { LANES, type Lane } from '../record.ts';
import { beyond } from './counts.ts';
import { PlacedFile } from './file.ts';
import { serviceOf, spoolsOf } from './folders.ts';
import { decodeEntryHeader, ENTRY_HEADER_BYTES, type Place } from './layout.ts';
import { isLocked } from './lock.ts';
import { findSegments, type Segment } from './segments.ts';
import { readState } from './state-file.ts';

const readdir = promisify(fs.readdir) as (path: string) => Promise<string[]>;

export interface SpoolSummary {
  readonly folder: string;
  readonly service: string;
  readonly lane: Lane;
  /** Records that wait. */
  readonly records: number;
  /** Of files that hold something that waits. */
  readonly bytes: number;
  /** When the oldest record that waits was put there, or its file was begun; undefined when nothing waits. */
  readonly oldestUnixMillis: number | undefined;
  /** A process uses it now. */
  readonly isInUse: boolean;
}

/**
 * Of a directory as the setting `spool.directory` names it; empty when it is not there. Rejects where a folder may not be read: it would be told as nothing that
 * waits.
 */
export async function summariesIn(directory: string): Promise<readonly SpoolSummary[]> {
  const services = (await namesIn(directory, 'ENOENT')).sort();
  const summaries: SpoolSummary[] = [];
  for (const name of services) {
    // A file beside the folders is nobody's spool.
    const names = await namesIn(join(directory, name), 'ENOENT', 'ENOTDIR');
    for (const lane of LANES)
      for (const folder of spoolsOf(lane, names))
        summaries.push(await summaryOf(join(directory, name, folder), serviceOf(name), lane));
  }
  return summaries;
}

/** None where reading fails with one of these codes. */
async function namesIn(folder: string, ...emptyFor: readonly string[]): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (emptyFor.includes(codeOf(error) ?? '')) return [];
    throw error;
  }
}

async function summaryOf(folder: string, service: string, lane: Lane): Promise<SpoolSummary> {
  const state = await readState(folder);
  const { segments } = await findSegments(folder, state?.spoolKey);
  const waiting = segments.filter(({ head }) => state === undefined || head.segment >= state.released.segment);
  const records = state === undefined ? 0 : recordsOf(beyond(state.end.counts, state.released.counts));
  const isEmpty = state !== undefined && records === 0;
  return {
    folder,
    service,
    lane,
    records,
    bytes: isEmpty ? 0 : waiting.reduce((sum, { bytes }) => sum + bytes, 0),
    oldestUnixMillis: isEmpty ? undefined : await oldestIn(waiting, state?.released),
    isInUse: await isLocked(folder),
  };
}

async function oldestIn([first, second]: readonly Segment[], released: Place | undefined): Promise<number | undefined> {
  if (first === undefined || released === undefined || released.segment !== first.head.segment)
    return first?.head.createdUnixMillis;
  if (released.offset >= first.bytes && second !== undefined) return second.head.createdUnixMillis;
  try {
    const file = await PlacedFile.open(first.path, 'read');
    try {
      const header = decodeEntryHeader(await file.read(released.offset, released.offset + ENTRY_HEADER_BYTES), 0);
      return header?.writtenUnixMillis ?? first.head.createdUnixMillis;
    } finally {
      await file.close();
    }
  } catch {
    return first.head.createdUnixMillis; // Sent and removed meanwhile.
  }
}
