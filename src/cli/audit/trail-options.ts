/**
 * What the commands on audit trails have in common: files, keys, and what goes wrong with them.
 */
import { readFileSync } from 'node:fs';
import { CHECKPOINTS_SUFFIX } from '../../audit/run-tree/checkpoint-file.ts';
import type { VerifyOptions, verifyTrail } from '../../audit/verify/verify.ts';
import { textOf } from '../arguments.ts';
import { type OperandSpec, type OptionSpecs, UsageError, type Values } from '../command.ts';
import { progressLine } from './progress-line.ts';

export const TRAIL_FILES: OperandSpec = {
  placeholder: 'FILE…',
  help: 'audit files, gzip’d or not, `-` for standard input; checkpoints are found beside them',
  least: 1,
  most: Number.POSITIVE_INFINITY,
};

export const KEY_OPTION: OptionSpecs = {
  key: {
    type: 'string',
    short: 'k',
    placeholder: 'FILE,…',
    help: 'verifier keys (.vkey), and rotations that retire keys, with commas between',
  },
};

export const TRAIL_OPTIONS: OptionSpecs = {
  ...KEY_OPTION,
  checkpoints: {
    type: 'string',
    short: 'c',
    placeholder: 'FILE,…',
    help: 'checkpoints that another host has: notes, or what a collector wrote',
  },
  json: { type: 'boolean', help: 'the whole result as JSON' },
  quiet: { type: 'boolean', short: 'q', help: 'no progress' },
};

/** Texts of the keys. Throws UsageError for a file that cannot be read. */
export function keysOf(values: Values): string[] {
  return listOf(values, 'key').map((path) => textAt(path));
}

export function listOf(values: Values, name: string): string[] {
  return (textOf(values, name) ?? '').split(',').filter((path) => path !== '');
}

export function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

/** Files of checkpoints among audit files, which a pattern such as `audit*` takes along, are left out. */
export function trailFiles(files: readonly string[]): string[] {
  const own = files.filter((file) => !/\.checkpoints(?:\.gz)?$/.test(file));
  if (own.length === 0)
    throw new UsageError(`These are files of checkpoints. Give the audit files: those without ${CHECKPOINTS_SUFFIX}.`);
  return own;
}

/** Throws UsageError where nothing could be verified: a file that is not there, a key that is none. */
export async function verifyFiles(
  verify: typeof verifyTrail,
  values: Values,
  files: readonly string[],
  more: Pick<VerifyOptions, 'onLeaf'> = {},
): ReturnType<typeof verifyTrail> {
  const progress = progressLine(process.stderr, values.quiet !== true);
  try {
    return await verify({
      files: trailFiles(files),
      keys: keysOf(values),
      checkpoints: listOf(values, 'checkpoints'),
      onProgress: (done, total) => progress.update('verified', done, total),
      ...more,
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError) throw new UsageError(`--key: ${message}.`);
    if (typeof code === 'string') throw new UsageError(message);
    throw error;
  } finally {
    progress.end();
  }
}
