/**
 * The files of a log: the file itself, and its rotated files, the oldest first.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly changedMillis: number;
}

/** What logrotate puts behind a name, in each of its ways: `.1`, `-20261123`, `-20261123-1764500000`, `.2026-11-23`. Loggers that rotate daily do the same. */
const SET_ASIDE = '[.-]\\d+(?:[.T_-]\\d+)*';

const COMPRESSED = '(?:\\.(?:gz|zst))?';

const ENDINGS = ['log', 'jsonl', 'ndjson', 'json', 'audit'];

/** For people. */
export const LOG_NAMES: string = ENDINGS.map((ending) => `*.${ending}`).join(', ');

/** Names of logs in a folder, and of those that rotation has set aside. */
const LOG = new RegExp(`\\.(?:${ENDINGS.join('|')})(?:${SET_ASIDE})?${COMPRESSED}$`);

/**
 * The files of an operand: a folder's logs, or a log with those that rotation has set aside. Files that do not exist are in the list with no bytes:
 * opening them gives the message.
 */
export async function filesOf(operand: string, withRotated: boolean): Promise<readonly FoundFile[]> {
  const facts = await factsOf(operand);
  if (facts?.isDirectory()) {
    const names = (await readdir(operand)).filter((name) => LOG.test(name));
    return byAge(await regularFiles(operand, names));
  }
  if (!withRotated) return [await found(operand)];
  const isRotated = rotatedFrom(basename(operand));
  const names = await readdir(dirname(operand)).catch(() => []);
  const rotated = await regularFiles(dirname(operand), names.filter(isRotated));
  return [...byAge(rotated), await found(operand)];
}

/**
 * Ours: `app.2026-11-23.log`, `app.2026-11-23T14.1.log`. Others': see {@link SET_ASIDE}. Each may be compressed.
 */
function rotatedFrom(name: string): (other: string) => boolean {
  const extension = extname(name);
  const stem = escaped(basename(name, extension));
  const end = escaped(extension);
  const pattern = new RegExp(
    `^(?:${stem}\\.\\d{4}-\\d\\d-\\d\\d(?:T\\d\\d(?:-\\d\\d-\\d\\d)?)?(?:\\.\\d+)?${end}|${stem}${end}${SET_ASIDE})${COMPRESSED}$`,
  );
  return (other) => other !== name && pattern.test(other);
}

/** By the time of the last write: names do not order `app.log.2` and `app.log.10`. */
function byAge(files: readonly FoundFile[]): FoundFile[] {
  return files.toSorted((a, b) => a.changedMillis - b.changedMillis || (a.path < b.path ? -1 : 1));
}

/** Of names that were not given, but found: opening a FIFO would wait for its writer, and take away what its reader is to get. */
async function regularFiles(folder: string, names: readonly string[]): Promise<FoundFile[]> {
  const paths = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const facts = await factsOf(path);
      return facts === undefined || facts.isFile() || facts.isDirectory() ? [path] : [];
    }),
  );
  return Promise.all(paths.flat().map(found));
}

async function found(path: string): Promise<FoundFile> {
  const facts = await factsOf(path);
  return { path, size: facts?.size ?? 0, changedMillis: facts?.mtimeMs ?? Number.POSITIVE_INFINITY };
}

async function factsOf(path: string) {
  return stat(path).catch(() => undefined);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
