/**
 * Requests that a server calls broken are kept in a file, so that their records are not lost: a line of JSON for each, with the request as it was sent. They
 * are rare, so each line is written at once and synced.
 */
import { appendFileSync, closeSync, fdatasyncSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorText } from '../../common/error-text.ts';
import { FILE_MODE } from '../../files/line-file.ts';
import type { Lane } from '../../record.ts';
import { unixMillis } from '../../time/clock.ts';

const FOLDER_MODE = 0o750;

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
    mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const fd = openSync(path, 'a', FILE_MODE);
    try {
      if (fstatSync(fd).size >= MAX_FILE_BYTES)
        return `${what} are not kept: ${path} is full (${MAX_FILE_BYTES} bytes). Move it away. ${WHERE_NUMBERS_ARE}`;
      const time = new Date(unixMillis()).toISOString();
      appendFileSync(fd, `${JSON.stringify({ time, lane, records, message, request: Buffer.from(bytes).toString('base64') })}\n`);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return `${what} are kept in ${path}, with the server's reason. ${WHERE_NUMBERS_ARE}`;
  } catch (error) {
    return `${what} could not be kept in ${path} (${errorText(error)}). ${WHERE_NUMBERS_ARE}`;
  }
}
