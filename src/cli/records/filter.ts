/**
 * Filters over records, as options of a command. A filter for a text also gives the bytes that a line must have, so that most lines need not be parsed.
 */

import { type FieldTest, readFieldTest, wantsNumber } from '../../common/field-test.ts';
import { namePattern } from '../../common/name-pattern.ts';
import { rankOfLevel } from '../../record.ts';
import { levelOf, listOf, textOf } from '../arguments.ts';
import { type OptionSpecs, UsageError, type Values } from '../command.ts';
import type { LogLine } from './log-line.ts';
import { momentNanos } from './moment.ts';

export const FILTER_OPTIONS: OptionSpecs = {
  level: { type: 'string', short: 'l', placeholder: 'LEVEL', help: 'records of this level and above' },
  logger: { type: 'string', placeholder: 'NAME', help: 'records of this logger; * stands for any characters' },
  tag: {
    type: 'string',
    short: 't',
    placeholder: 'TAG',
    isRepeatable: true,
    help: 'records with this tag; if given several times, with all of the tags',
  },
  field: {
    type: 'string',
    short: 'w',
    placeholder: 'TEST',
    isRepeatable: true,
    help: 'records whose field passes the test: order_id=17, qty>=0.5, side!=buy, msg~refused (contains), user.id=7',
  },
  grep: {
    type: 'string',
    short: 'g',
    placeholder: 'TEXT',
    isRepeatable: true,
    help: 'records with this text anywhere in the line',
  },
  since: {
    type: 'string',
    short: 's',
    placeholder: 'TIME',
    help: 'records from this time on: 10m (ago), 14:30, 2026-11-23, 2026-11-23T14:30:00Z',
  },
  until: { type: 'string', short: 'u', placeholder: 'TIME', help: 'records up to this time' },
  audit: { type: 'boolean', help: 'audit events only' },
};

export interface RecordFilter {
  /** Every line that passes has these bytes. Undefined: any line may pass. */
  readonly needle: Buffer | undefined;
  /** The bytes are all of a member's value: the bytes before and behind them delimit it. */
  readonly isNeedleWhole: boolean;
  /** The filter asks for something that only a record has: a line that is not JSON cannot pass. */
  readonly needsRecord: boolean;
  readonly sinceUnixNanos: bigint | undefined;
  /** `text` is the line itself; `line` is undefined when it is no record. */
  matches(text: string, line: LogLine | undefined): boolean;
}

type Test = (line: LogLine) => boolean;

/** Throws {@link UsageError}. */
export function filterOf(values: Values, nowMillis = Date.now()): RecordFilter {
  const tests: Test[] = [];
  const needles: Needle[] = [];
  const level = levelOf(values, 'level');
  if (level !== undefined) {
    const least = rankOfLevel(level);
    tests.push((line) => rankOfLevel(line.level) >= least);
  }
  const logger = textOf(values, 'logger');
  if (logger !== undefined) {
    const isNamed = namePattern(logger);
    tests.push((line) => isNamed(line.logger));
    needles.push(...(logger.includes('*') ? logger.split('*').map(partOf) : [wholeOf(logger)]));
  }
  for (const tag of listOf(values, 'tag')) {
    tests.push(({ tags }) => tags.includes(tag));
    needles.push(wholeOf(tag));
  }
  for (const text of listOf(values, 'field')) {
    const { test, needle } = fieldTest(text);
    tests.push(test);
    needles.push(needle);
  }
  if (values.audit) {
    tests.push(({ isAudit }) => isAudit);
    needles.push(partOf('audit_seq'));
  }
  const since = timeOf(values, 'since', nowMillis);
  if (since !== undefined) tests.push(({ timeUnixNanos }) => timeUnixNanos !== undefined && timeUnixNanos >= since);
  const until = timeOf(values, 'until', nowMillis);
  if (until !== undefined) tests.push(({ timeUnixNanos }) => timeUnixNanos !== undefined && timeUnixNanos <= until);
  const greps = listOf(values, 'grep');
  needles.push(...greps.map((text) => ({ text, isWhole: false })));
  const best = needles.reduce((longest, needle) => (needle.text.length > longest.text.length ? needle : longest), NO_NEEDLE);
  return {
    needle: best.text === '' ? undefined : Buffer.from(best.text),
    isNeedleWhole: best.isWhole,
    needsRecord: tests.length > 0,
    sinceUnixNanos: since,
    matches(text, line) {
      if (!greps.every((grep) => text.includes(grep))) return false;
      return tests.length === 0 || (line !== undefined && tests.every((test) => test(line)));
    },
  };
}

function timeOf(values: Values, name: string, nowMillis: number): bigint | undefined {
  const text = textOf(values, name);
  return text === undefined ? undefined : momentNanos(name, text, nowMillis);
}

function fieldTest(text: string): { readonly test: Test; readonly needle: Needle } {
  const test = readFieldTest(text);
  if (test === undefined)
    throw new UsageError(`--field ${text}: expected NAME, one of = != > >= < <= ~, and a value, for example order_id=17.`);
  if (wantsNumber(test))
    throw new UsageError(`--field ${text}: ${test.operator} compares numbers, and "${test.wanted}" is none.`);
  return { test: ({ members }) => test.passes(members), needle: needleOf(test) };
}

/** Text that is in every line that passes. */
interface Needle {
  readonly text: string;
  readonly isWhole: boolean;
}

const NO_NEEDLE: Needle = { text: '', isWhole: false };

function needleOf({ name, operator, wanted }: FieldTest): Needle {
  // The text of an object or a list may have blanks anywhere.
  if (operator === '!=' || /[[\]{}]/.test(wanted)) return NO_NEEDLE;
  if (operator === '~') return partOf(wanted);
  return operator === '=' ? wholeOf(wanted) : partOf(name.split('.').at(-1) ?? '');
}

/** Runs of characters that no writer of JSON escapes: they may escape quotes, backslashes, slashes, `<>&'`, and characters beyond ASCII. */
const SURE = /[ !#-%(-.0-;=?-[\]-~]+/g;

/** The longest part of a text whose bytes are in the line of any JSON that holds the text. */
function partOf(text: string): Needle {
  const longest = (text.match(SURE) ?? []).reduce((best, run) => (run.length > best.length ? run : best), '');
  return { text: longest, isWhole: false };
}

function wholeOf(value: string): Needle {
  const part = partOf(value);
  return { ...part, isWhole: part.text === value };
}
