/**
 * Finds the numbers of a run that no line of its audit files has. For a run whose process is dead, and whose events are all on disk.
 */
import { open } from 'node:fs/promises';
import type { Block } from '../memory/block.ts';
import { unixMillis } from '../time/clock.ts';
import { CurrentFile } from './current-file.ts';
import type { AuditTarget } from './format.ts';

/** So much of each file is read, from its end. */
const MOST_BYTES = 64 * 1_048_576;
const CHUNK_BYTES = 1_048_576;

export interface NumberRange {
  /** The last number that is not asked for. */
  readonly after: number;
  readonly upTo: number;
}

/** `runs`: blocks of the runs that may have written these lines, whose files of now are read: the dead one, and the one that recovers it. */
export async function missingNumbers(
  target: AuditTarget,
  runs: readonly Block[],
  run: string,
  { after, upTo }: NumberRange,
): Promise<readonly number[]> {
  const paths = runs
    .map((block) => new CurrentFile(target, block, unixMillis))
    .flatMap((file) => (file.key === 0n ? [] : [file.fileOf(file.key).path]));
  const found = new Set<number>();
  for (const path of new Set(paths)) {
    for await (const line of linesFromEnd(path)) {
      const number = numberIn(line, run);
      if (number !== undefined && number > after) found.add(number);
    }
  }
  const missing: number[] = [];
  for (let number = after + 1; number <= upTo; number++) if (!found.has(number)) missing.push(number);
  return missing;
}

function numberIn(line: string, run: string): number | undefined {
  if (!line.includes('"audit_seq":') || !line.includes(run)) return undefined;
  try {
    const { run: of, audit_seq: number } = JSON.parse(line) as { run?: unknown; audit_seq?: unknown };
    return of === run && typeof number === 'number' ? number : undefined;
  } catch {
    return undefined;
  }
}

/** Lines of the file's last part. The first of them may be cut off; such a line is no JSON. */
async function* linesFromEnd(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest = Buffer.alloc(0);
    for (let at = Math.max(0, size - MOST_BYTES); at < size; ) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(10) + 1;
      yield* bytes.toString('utf8', 0, end).split('\n');
      rest = bytes.subarray(end);
    }
  } finally {
    await file.close();
  }
}
