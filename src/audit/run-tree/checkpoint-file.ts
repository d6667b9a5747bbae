/**
 * The file of checkpoints beside an audit file, `<audit file>.checkpoints`: signed notes, and an empty line in front of each. A note that was cut by a full
 * disk or a kill is a block of its own between empty lines, and hides no other note.
 */
import { basename, dirname, extname, join } from 'node:path';
import { closeQuietly, namesIn, openForRead, readRange, statAt } from '../../files/descriptor.ts';
import { LineFile } from '../../files/line-file.ts';
import type { Steps } from '../../files/steps.ts';
import { parseNote } from '../tree/note.ts';
import { parseRunCheckpoint, type RunCheckpoint } from './run-checkpoint.ts';

export const CHECKPOINTS_SUFFIX = '.checkpoints';

/** A note is shorter than half of that. */
const END_BYTES = 65_536;

export interface CheckpointFileOptions {
  readonly mode?: number;
  readonly waitsForDisk?: boolean;
}

/** Appends notes, and waits for the disk. */
export function* appendNote(auditFile: string, notes: readonly string[], options: CheckpointFileOptions): Steps<void> {
  const file = new LineFile(auditFile + CHECKPOINTS_SUFFIX, options);
  const bytes = Buffer.from(notes.map((note) => `\n${note}`).join(''));
  try {
    yield* file.ready();
    yield* file.append({ bytes, offset: 0 }, bytes.length);
    yield* file.sync();
  } finally {
    yield* file.release();
  }
}

/**
 * The last checkpoint of another run beside any file of the trail at `path`: of the file written last, unless it cannot be read. Looks at the end of the file only.
 */
export function* lastCheckpoint(path: string, ownOrigin: string): Steps<RunCheckpoint | undefined> {
  const extension = extname(path);
  const stem = basename(path, extension);
  let newest: { readonly path: string; readonly size: number; readonly modifiedMillis: number } | undefined;
  for (const name of yield* orNone(namesIn(dirname(path)), [])) {
    if (!name.startsWith(stem) || !name.endsWith(extension + CHECKPOINTS_SUFFIX)) continue;
    const at = join(dirname(path), name);
    const stats = yield* orNone(statAt(at), undefined);
    if (stats?.isFile() === true && stats.mtimeMs >= (newest?.modifiedMillis ?? 0))
      newest = { path: at, size: stats.size, modifiedMillis: stats.mtimeMs };
  }
  if (newest === undefined) return undefined;
  const fd = yield* orNone(openForRead(newest.path), undefined);
  if (fd === undefined) return undefined;
  const bytes = yield* readRange(fd, Math.max(0, newest.size - END_BYTES), newest.size);
  yield* closeQuietly(fd);
  const checkpoints = notesIn(Buffer.from(bytes ?? []).toString()).flatMap(({ note }) => {
    try {
      const checkpoint = parseRunCheckpoint(parseNote(note).text);
      return checkpoint.origin === ownOrigin ? [] : [checkpoint];
    } catch {
      return []; // Torn, or the first of what was looked at.
    }
  });
  return checkpoints.at(-1);
}

function* orNone<T, Else>(steps: Steps<T>, otherwise: Else): Steps<T | Else> {
  try {
    return yield* steps;
  } catch {
    return otherwise;
  }
}

export interface FoundNote {
  readonly note: string;
  /** Of its first line, from 1 on. */
  readonly line: number;
}

/** Takes the lines of such a file, and gives back each note when it is whole. Other blocks are returned too: reading them gives an error. */
export class NoteReader {
  #text: string[] = [];
  #signatures: string[] = [];
  /** Behind the text of a note stands an empty line; signatures may follow. */
  #isTextOver = false;
  #line = 0;
  #startedAt = 0;

  /** `line`: without its line feed. */
  push(line: string): FoundNote | undefined {
    this.#line++;
    const isSignature = line.startsWith('\u2014 ');
    if (line === '') {
      if (this.#signatures.length > 0) return this.end();
      if (this.#text.length > 0) this.#isTextOver = true;
      return undefined;
    }
    if (isSignature && this.#isTextOver) {
      this.#signatures.push(line);
      return undefined;
    }
    const before = this.#isTextOver ? this.end() : undefined;
    if (this.#text.length === 0) this.#startedAt = this.#line;
    this.#text.push(line);
    return before;
  }

  /** The note that no further line belongs to. */
  end(): FoundNote | undefined {
    if (this.#text.length === 0) return undefined;
    const lines = [...this.#text, '', ...this.#signatures];
    const found = { note: lines.map((line) => `${line}\n`).join(''), line: this.#startedAt };
    this.#text = [];
    this.#signatures = [];
    this.#isTextOver = false;
    return found;
  }
}

/** All notes of a text, in their order. */
export function notesIn(text: string): FoundNote[] {
  const reader = new NoteReader();
  const found = text.split('\n').map((line) => reader.push(line));
  return [...found, reader.end()].filter((note) => note !== undefined);
}
