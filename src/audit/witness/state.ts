/**
 * What a witness remembers: of each tree the last checkpoint that it has cosigned, in a file of its own. A witness that forgets can be made to cosign two versions, so a
 * state is on disk before its cosignature is given out, and the folder belongs to one process.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { appendFile, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectoriesNow } from '../../common/make-directories.ts';
import { isNumberRunning } from '../../common/process/process-identity.ts';

const SUFFIX = '.checkpoint';
const LOCK = 'lock';
const REFUSED = 'refused.checkpoints';
/** Evidence is kept as long as there is room for it: a client with a key could otherwise fill the disk. */
const MOST_REFUSED_BYTES = 64 * 1_048_576;

const PRIVATE_DIRECTORY = 0o700;
const FILE_MODE = 0o640;

export class WitnessState {
  readonly #directory: string;

  /** Throws an Error that says what to do when another process that lives has the folder, and the system's when it cannot be made. */
  constructor(directory: string) {
    this.#directory = directory;
    makeDirectoriesNow(directory, PRIVATE_DIRECTORY);
    this.#lock();
  }

  /** The last note that was cosigned of this tree, with its cosignature; undefined: none was. Rejects when it cannot be read. */
  async last(origin: string): Promise<string | undefined> {
    try {
      return await readFile(this.#path(origin), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** On disk, its name too, when it resolves. */
  async keep(origin: string, note: string): Promise<void> {
    const path = this.#path(origin);
    const file = await open(`${path}.new`, 'w', FILE_MODE);
    try {
      await file.writeFile(note);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    const folder = await open(this.#directory, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Evidence: a checkpoint with a good signature that does not agree with the one cosigned before. */
  async keepRefused(note: string): Promise<void> {
    const path = join(this.#directory, REFUSED);
    const size = await stat(path).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size < MOST_REFUSED_BYTES) await appendFile(path, `\n${note}`, { mode: FILE_MODE });
  }

  /** The last note of each tree, one after another, in the form of a file of checkpoints. */
  async *all(): AsyncGenerator<string> {
    for (const name of readdirSync(this.#directory)) {
      if (!name.endsWith(SUFFIX)) continue;
      yield `\n${await readFile(join(this.#directory, name), 'utf8')}`;
    }
  }

  close(): void {
    rmSync(join(this.#directory, LOCK), { force: true });
  }

  #path(origin: string): string {
    return join(this.#directory, createHash('sha256').update(origin).digest('hex') + SUFFIX);
  }

  #lock(): void {
    const path = join(this.#directory, LOCK);
    const own = `${path}.${process.pid}`;
    for (;;) {
      try {
        const fd = openSync(path, 'wx', FILE_MODE);
        writeSync(fd, `${process.pid}\n`);
        fsyncSync(fd);
        closeSync(fd);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const pid = Number(textAt(path));
      if (pid !== process.pid && isNumberRunning(pid))
        throw new Error(
          `Process ${pid} has this folder. Two witnesses with one state could cosign two versions: end it, or give this one its own folder.`,
        );
      // Set aside rather than removed: of two that find the same dead owner, one succeeds.
      try {
        renameSync(path, own);
        rmSync(own);
      } catch {
        // Another one was faster.
      }
    }
  }
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
