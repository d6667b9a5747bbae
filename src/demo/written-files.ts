/**
 * Finds the lines that a run has added to the files of a directory. It may have files of earlier runs.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface WrittenFile {
  readonly path: string;
  /** Added by this run. */
  readonly bytes: number;
  readonly lines: number;
  /** Audit events of this run by name; empty for files that are no audit files. Another run may write into the same files. */
  readonly events: Readonly<Record<string, number>>;
}

export class WrittenFiles {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #sizesBefore: ReadonlyMap<string, number>;

  private constructor(directory: string, prefix: string, sizesBefore: ReadonlyMap<string, number>) {
    this.#directory = directory;
    this.#prefix = prefix;
    this.#sizesBefore = sizesBefore;
  }

  /** Remembers how large the files are whose names begin with `prefix`. The directory need not exist yet. */
  static async before(directory: string, prefix: string): Promise<WrittenFiles> {
    return new WrittenFiles(directory, prefix, await sizes(directory, prefix));
  }

  /** `instanceId`: of this run's audit lines. */
  async after(instanceId: string): Promise<WrittenFile[]> {
    const written: WrittenFile[] = [];
    for (const [path, size] of await sizes(this.#directory, this.#prefix)) {
      const before = this.#sizesBefore.get(path) ?? 0;
      if (size > before) written.push({ path, bytes: size - before, ...(await readLines(path, before, instanceId)) });
    }
    return written;
  }
}

/** Files of signed notes beside an audit file: they hold no records. */
const CHECKPOINTS = '.checkpoints';

async function sizes(directory: string, prefix: string): Promise<Map<string, number>> {
  const names = await readdir(directory).catch(() => []);
  const paths = names
    .filter((name) => name.startsWith(prefix) && !name.endsWith(CHECKPOINTS))
    .map((name) => join(directory, name));
  return new Map(await Promise.all(paths.sort().map(async (path) => [path, (await stat(path)).size] as const)));
}

/** Every line is one JSON object; audit lines have the members `event` and `run`. A line that a full disk has cut off does not count. */
async function readLines(path: string, fromByte: number, instanceId: string): Promise<Pick<WrittenFile, 'lines' | 'events'>> {
  const events: Record<string, number> = {};
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(path, { start: fromByte }) })) {
    const record = parsed(line);
    if (record === undefined) continue;
    lines++;
    const { event } = record;
    if (event !== undefined && isOf(instanceId, record.run)) events[event] = (events[event] ?? 0) + 1;
  }
  return { lines, events };
}

/** An id that is configured has the start of the process behind it in audit lines. */
function isOf(instanceId: string, run: string | undefined): boolean {
  return run === instanceId || run?.startsWith(`${instanceId}/`) === true;
}

function parsed(line: string): { event?: string; run?: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
