/**
 * What the commands on audit trails have in common: files, keys, and what goes wrong with them.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKPOINTS_SUFFIX } from '../../audit/run-tree/checkpoint-file.ts';
import type { VerifyOptions, verifyTrail } from '../../audit/verify/verify.ts';
import { errorText } from '../../common/error-text.ts';
import { numberOf, textOf } from '../arguments.ts';
import { type OperandSpec, type OptionSpecs, UsageError, type Values } from '../command.ts';
import { progressLine } from './progress-line.ts';

export const TRAIL_FILES: OperandSpec = {
  placeholder: 'FILE…',
  help: 'audit files, plain or gzip’d; `-` for standard input. The checkpoints beside them are read too',
  least: 1,
  most: Number.POSITIVE_INFINITY,
};

export const KEY_OPTION: OptionSpecs = {
  key: {
    type: 'string',
    short: 'k',
    placeholder: 'FILE,…',
    help: 'verifier keys (.vkey), and rotation files that retire keys; separated by commas',
  },
};

export const WITNESS_OPTIONS: OptionSpecs = {
  witness: { type: 'string', short: 'w', placeholder: 'FILE,…', help: 'verifier keys of the witnesses that you trust' },
  quorum: { type: 'string', placeholder: 'N', help: 'number of them that must have cosigned. Default: more than half' },
};

export const TRAIL_OPTIONS: OptionSpecs = {
  ...KEY_OPTION,
  ...WITNESS_OPTIONS,
  checkpoints: {
    type: 'string',
    short: 'c',
    placeholder: 'FILE,…',
    help: 'checkpoints kept on another host: signed notes, or files that a collector wrote',
  },
  json: { type: 'boolean', help: 'print the whole result as JSON' },
  quiet: { type: 'boolean', short: 'q', help: 'do not show progress' },
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
    throw new UsageError(`${path}: ${errorText(error)}`);
  }
}

/** The witnesses that an auditor trusts, and how many of them must have cosigned. */
export function witnessesOf(values: Values): Pick<VerifyOptions, 'witnesses' | 'quorum'> {
  const witnesses = listOf(values, 'witness').map((path) => textAt(path));
  if (values.quorum === undefined) return { witnesses };
  if (witnesses.length === 0) throw new UsageError('--quorum N says how many of the witnesses given with --witness: give these.');
  return { witnesses, quorum: numberOf(values, 'quorum', 0, { least: 1, most: witnesses.length, whole: true }) };
}

/** A folder, such as a witness's state, stands for the files of checkpoints in it. */
function filesIn(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.checkpoint') || name.endsWith(CHECKPOINTS_SUFFIX))
    .map((name) => join(path, name));
}

/** Files of checkpoints among audit files, which a pattern such as `audit*` takes along, are left out. */
export function trailFiles(files: readonly string[]): string[] {
  const own = files.filter((file) => !/\.(?:checkpoints|cosignatures)(?:\.gz)?$/.test(file));
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
      checkpoints: listOf(values, 'checkpoints').flatMap(filesIn),
      ...witnessesOf(values),
      onProgress: (done, total) => progress.update('verified', done, total),
      ...more,
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof SyntaxError) throw new UsageError(`--key, --witness: ${error.message}.`);
    if (error instanceof Error && 'code' in error) throw new UsageError(errorText(error));
    throw error;
  } finally {
    progress.end();
  }
}
