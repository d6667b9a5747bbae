/**
 * Files of checkpoints: those beside the audit files, and those of another host, which may also be what a collector has written (JSON with the notes somewhere in it).
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { CHECKPOINTS_SUFFIX, NoteReader } from '../run-tree/checkpoint-file.ts';
import { parseRunCheckpoint, type RunCheckpoint } from '../run-tree/run-checkpoint.ts';
import { type Note, parseNote } from '../tree/note.ts';
import { COSIGNATURES_SUFFIX } from '../witness/cosignatures-file.ts';
import { isRotation } from './key-ring.ts';
import { linesOf } from './lines-of.ts';

/** A longer line is no note's, and no JSON of a collector's that is worth its memory. */
const MOST_LINE_BYTES = 16 * 1_048_576;

export interface ReadNote {
  readonly file: string;
  readonly line: number;
  readonly note: Note;
  /** Undefined: a rotation of keys. */
  readonly checkpoint: RunCheckpoint | undefined;
}

export interface Damage {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** Path of the file of checkpoints beside an audit file, which may be gzip'd since; undefined where there is none. */
export function checkpointsBeside(path: string): string | undefined {
  const plain = path.replace(/\.gz$/, '');
  return [plain + CHECKPOINTS_SUFFIX, `${plain + CHECKPOINTS_SUFFIX}.gz`, path + CHECKPOINTS_SUFFIX].find((each) =>
    existsSync(each),
  );
}

/** Path of the cosigned checkpoints beside an audit file; undefined where there are none. */
export function cosignaturesBeside(path: string): string | undefined {
  const plain = path.replace(/\.gz$/, '') + COSIGNATURES_SUFFIX;
  return [plain, `${plain}.gz`].find((each) => existsSync(each));
}

/** The name that checkpoints know an audit file by. */
export function nameOf(path: string): string {
  return basename(path).replace(/\.gz$/, '');
}

/** Each note of a file, in order. `onDamage`: called for other blocks. */
export async function* readNotes(path: string, onDamage: (damage: Damage) => void): AsyncGenerator<ReadNote> {
  const reader = new NoteReader();
  let line = 0;
  for await (const { bytes } of linesOf(path)) {
    const lines = bytes.toString().split('\n');
    if (lines.at(-1) === '') lines.pop();
    for (const text of lines) {
      line++;
      if (text.startsWith('{')) {
        yield* notesInJson(text, path, line);
        continue;
      }
      const found = reader.push(text);
      if (found !== undefined) yield* parsed(found.note, path, found.line, onDamage);
    }
  }
  const last = reader.end();
  if (last !== undefined) yield* parsed(last.note, path, last.line, onDamage);
}

function* parsed(text: string, file: string, line: number, onDamage: (damage: Damage) => void): Generator<ReadNote> {
  try {
    const note = parseNote(text);
    yield { file, line, note, checkpoint: isRotation(note) ? undefined : parseRunCheckpoint(note.text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    onDamage({ file, line, reason: error.message });
  }
}

function* notesInJson(text: string, file: string, line: number): Generator<ReadNote> {
  if (text.length > MOST_LINE_BYTES) return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  // Without recursion: the file may come from anywhere.
  for (const left = [value]; left.length > 0; ) {
    const next = left.pop();
    if (typeof next === 'string') {
      if (next.includes('\n\n')) yield* parsed(next, file, line, () => {});
      // A Loki line, or a record's body, is JSON again.
      else if (next.startsWith('{') && next.length < text.length) yield* notesInJson(next, file, line);
    } else if (typeof next === 'object' && next !== null) for (const member of Object.values(next)) left.push(member);
  }
}
