/**
 * Requests that a server calls broken are kept in a file, so that their records are not lost: a line of JSON for each, with the request as it was sent. They
 * are rare, so each line is written at once and synced.
 */
import { fileFailure } from '../../files/failure.ts';
import { LineFile } from '../../files/line-file.ts';
import { runSync, type Steps } from '../../files/steps.ts';
import type { Lane } from '../../record.ts';
import { unixMillis } from '../../time/clock.ts';

/** A server that calls everything broken must not fill the disk. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

const WHERE_NUMBERS_ARE = 'health().backends.otlp has their number (dropped, rejected) and the last reason (lastError).';

export interface DeadLetter {
  readonly lane: Lane;
  readonly records: number;
  /** The server's message. */
  readonly message: string;
  /** An ExportLogsServiceRequest. */
  readonly bytes: Uint8Array;
}

/**
 * Appends a line; returns a message for the operator. It is the same for each request of a lane: with their numbers and the server's messages there would be a
 * warning for each request, and no room for others. Never throws.
 */
export function keepDeadLetter(path: string, { lane, records, message, bytes }: DeadLetter): string {
  const what = `${lane === 'audit' ? 'Audit events' : 'Log records'} that the OTLP server calls broken`;
  try {
    const time = new Date(unixMillis()).toISOString();
    const line = JSON.stringify({ time, lane, records, message, request: Buffer.from(bytes).toString('base64') });
    if (!runSync(append(path, Buffer.from(`${line}\n`))))
      return `${what} are not kept: ${path} is full (${MAX_FILE_BYTES} bytes). Move it away. ${WHERE_NUMBERS_ARE}`;
    return `${what} are kept in ${path}, with the server's reason. ${WHERE_NUMBERS_ARE}`;
  } catch (error) {
    return `${what} could not be kept: ${fileFailure(path, error).message} ${WHERE_NUMBERS_ARE}`;
  }
}

/** Not if the file is full: false. */
function* append(path: string, bytes: Uint8Array): Steps<boolean> {
  const file = new LineFile(path);
  try {
    yield* file.ready();
    if (file.size >= MAX_FILE_BYTES) return false;
    yield* file.append({ bytes, offset: 0 }, bytes.length);
    yield* file.sync();
    return true;
  } finally {
    yield* file.release();
  }
}
