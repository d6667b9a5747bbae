/**
 * The file of cosignatures beside an audit file, `<audit file>.cosignatures`: checkpoints as a witness has cosigned them, a note for each answer, in no order.
 */
import { appendFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseRunCheckpoint } from '../run-tree/run-checkpoint.ts';
import { parseNote } from '../tree/note.ts';

export const COSIGNATURES_SUFFIX = '.cosignatures';

/** `auditPath`: of any file of the trail; the note names its own. Not synced: a witness has what it has cosigned. */
export async function appendCosigned(auditPath: string, note: string, mode: number): Promise<void> {
  const { file } = parseRunCheckpoint(parseNote(note).text);
  await appendFile(join(dirname(auditPath), basename(file) + COSIGNATURES_SUFFIX), `\n${note}`, { mode });
}
