/**
 * Programs that run as a user without rights. Such a user may not be able to read the checkout, for example below `/root`, so that what it runs is put
 * where everybody can read it: the program in one file, and Node if need be.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, constants, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { bundleFiles } from '../../scripts/bundle.ts';

/** The user and group `nobody`. */
export const NOBODY = 65_534;

/** A command that runs a command as the user and group of this number. */
export const asUser = (id: number): readonly string[] => ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups'];

export const AS_NOBODY = asUser(NOBODY);

/** Whether this process can become another user: it is root, and there is the command for it. */
export function canBeNobody(): boolean {
  return process.getuid?.() === 0 && spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Whether that user can read this file. */
export function canReadAsNobody(path: string): boolean {
  const [command, ...rest] = AS_NOBODY;
  return spawnSync(command, [...rest, 'test', '-r', path]).status === 0;
}

export interface ReadableProgram {
  readonly node: string;
  readonly file: string;
  [Symbol.dispose](): void;
}

/** `program`, a TypeScript file that uses no packages, for every user to run. */
export async function readableByAll(program: string): Promise<ReadableProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'hft-otel-nobody-'));
  chmodSync(folder, 0o755);
  const name = basename(program, '.ts');
  await bundleFiles(folder, { [name]: program }, { dir: folder, entryFileNames: '[name].mjs' });
  const file = join(folder, `${name}.mjs`);
  const [packageName] = readFileSync(file, 'utf8').match(/^import .*? from ['"](?!node:)[^.].*$/m) ?? [];
  if (packageName !== undefined)
    throw new Error(`${program} needs a package, which another user may be unable to read: ${packageName}`);
  return { node: nodeFor(folder), file, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** This Node, or a copy of it in `folder` where others cannot run it where it is. */
function nodeFor(folder: string): string {
  const [command, ...rest] = AS_NOBODY;
  if (spawnSync(command, [...rest, process.execPath, '--version'], { cwd: '/', stdio: 'ignore' }).status === 0)
    return process.execPath;
  const copy = join(folder, 'node');
  copyFileSync(process.execPath, copy, constants.COPYFILE_FICLONE);
  chmodSync(copy, 0o755);
  return copy;
}
