/**
 * Words of the command line → option values, with a hint for each word that is not known.
 */

import { parseArgs } from 'node:util';
import { LEVELS, type Level, readLevel } from '../record.ts';
import { didYouMean } from '../settings/suggestion.ts';
import { type OperandSpec, type OptionSpecs, UsageError, type Values } from './command.ts';

export interface ParsedWords {
  readonly values: Values;
  readonly operands: readonly string[];
}

/** Throws {@link UsageError} at the first word that fits no option, and where operands are too few or too many. */
export function parseWords(words: readonly string[], specs: OptionSpecs, operandSpec?: OperandSpec): ParsedWords {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [name, { type, ...(short !== undefined && { short }) }]),
  );
  // Not strict: its errors have no hints. The checks below refuse the same words.
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, string | string[] | true> = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (operands.length === (operandSpec?.most ?? 0)) throw new UsageError(`"${token.value}" is not expected here.`);
      operands.push(token.value);
      continue;
    }
    if (token.kind === 'option-terminator') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) throw new UsageError(`There is no option ${token.rawName}${hint(token.name, specs)}.`);
    if (spec.type === 'boolean') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value.`);
      values[token.name] = true;
    } else {
      if (token.value === undefined)
        throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${spec.placeholder ?? 'VALUE'}.`);
      if (spec.isRepeatable) {
        const given = values[token.name];
        values[token.name] = [...(Array.isArray(given) ? given : []), token.value];
      } else values[token.name] = token.value;
    }
  }
  // With --help or --version the operands may be missing.
  if (operandSpec !== undefined && operands.length < operandSpec.least && !values.help && !values.version)
    throw new UsageError(`${operandSpec.placeholder} is missing: ${operandSpec.help}.`);
  return { values, operands };
}

function hint(name: string, specs: OptionSpecs): string {
  return didYouMean(name, Object.keys(specs)).replace('"', '"--');
}

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

/** The number of an option, or `fallback` when it was not given. */
export function numberOf(values: Values, name: string, fallback: number, { least, most, whole = false }: NumberRange): number {
  const given = textOf(values, name);
  if (given === undefined) return fallback;
  const value = given.trim() === '' ? Number.NaN : Number(given);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new UsageError(`--${name} ${given}: expected a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
  }
  return value;
}

/** The word of an option, which must be one of `choices`. */
export function choiceOf<T extends string>(values: Values, name: string, choices: readonly T[]): T | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === given);
  if (choice === undefined)
    throw new UsageError(`--${name} ${given}: expected one of ${choices.join(', ')}${didYouMean(String(given), choices)}.`);
  return choice;
}

/** A level as people write it: in any case, and `warn` for `warning`. */
export function levelOf(values: Values, name: string): Level | undefined {
  return readLevel(values[name]) ?? choiceOf(values, name, LEVELS);
}

export function textOf(values: Values, name: string): string | undefined {
  const given = values[name];
  return typeof given === 'string' ? given : undefined;
}

/** Every value of an option that may be repeated. */
export function listOf(values: Values, name: string): readonly string[] {
  const given = values[name];
  return given === undefined || given === true ? [] : typeof given === 'string' ? [given] : given;
}
