/**
 * What a reader of the page asks for, as it is typed into its search field:
 *
 * ```
 *   refused                 this text anywhere in the record, in upper or lower case
 *   "order refused"         a text with blanks
 *   order_id=17  qty>=0.5   a field; = != > >= < <=, ~ (contains), and dots into objects, as in `hft-otel find --field`
 *   tag:trading             a tag
 *   logger:exchange.*       a logger; * stands for any characters
 *   -heartbeat              not what stands behind the minus
 * ```
 *
 * All must hold.
 */
import { readFieldTest, wantsNumber } from '../common/field-test.ts';
import { namePattern } from '../common/name-pattern.ts';
import { BadRequest } from '../control/level-control.ts';
import { LEVELS, rankOfLevel, readLevel } from '../record.ts';

/** A longer text is not a search that a person types. */
const MAX_QUERY_CHARACTERS = 1_000;
const MAX_TERMS = 20;

export interface Query {
  /** Rank of the least level; audit events pass any. */
  readonly leastRank: number;
  /** Audit events alone. */
  readonly isAuditOnly: boolean;
  /** Undefined: every record of these levels passes. `line` is a record as a line of JSON. */
  readonly passes: ((line: string) => boolean) | undefined;
}

type Members = Readonly<Record<string, unknown>>;

interface Term {
  /** In lower case; what does not hold it need not be parsed. */
  readonly text?: string;
  readonly test?: (members: Members) => boolean;
  readonly isNegative: boolean;
}

const TERM = /(-?)(?:"([^"]*)"|((?:[^\s"]|"[^"]*")+))/g;

/** @throws {BadRequest} with what is wrong, for the person who typed it */
export function readQuery(parameters: URLSearchParams): Query {
  const level = parameters.get('level') ?? LEVELS[0];
  const isAuditOnly = level === 'audit';
  const known = isAuditOnly ? LEVELS[0] : readLevel(level);
  if (known === undefined) throw new BadRequest(`level: expected audit or one of ${LEVELS.join(', ')}.`);
  const text = parameters.get('query') ?? '';
  if (text.length > MAX_QUERY_CHARACTERS)
    throw new BadRequest(`The search has more than ${MAX_QUERY_CHARACTERS} characters. Make it shorter.`);
  const terms = termsOf(text);
  return { leastRank: rankOfLevel(known), isAuditOnly, passes: terms.length === 0 ? undefined : (line) => passes(terms, line) };
}

function termsOf(text: string): Term[] {
  const found = [...text.matchAll(TERM)];
  if (found.length > MAX_TERMS) throw new BadRequest(`The search has more than ${MAX_TERMS} terms. Leave some out.`);
  return found
    .filter(([, , quoted, plain]) => (quoted ?? plain) !== '')
    .map(([, minus, quoted, plain]) => ({ ...termOf(quoted, plain), isNegative: minus === '-' }));
}

function termOf(quoted: string | undefined, plain: string): Omit<Term, 'isNegative'> {
  if (quoted !== undefined) return { text: quoted.toLowerCase() };
  const bare = plain.replaceAll('"', '');
  const [, key, value] = /^(tag|logger):(.+)$/s.exec(bare) ?? [];
  if (key === 'tag') return { test: ({ tags }) => Array.isArray(tags) && tags.includes(value) };
  if (key === 'logger') {
    const isNamed = namePattern(value);
    return { test: ({ logger }) => typeof logger === 'string' && isNamed(logger) };
  }
  const test = /^[\p{L}\p{N}_@$][\p{L}\p{N}_@$.:/-]*[=!<>~]/u.test(bare) ? readFieldTest(bare) : undefined;
  if (test === undefined) return { text: bare.toLowerCase() };
  if (wantsNumber(test)) throw new BadRequest(`${bare}: ${test.operator} compares numbers, and "${test.wanted}" is none.`);
  return { test: (members) => test.passes(members) };
}

function passes(terms: readonly Term[], line: string): boolean {
  let lower: string | undefined;
  let members: Members | undefined;
  return terms.every(({ text, test, isNegative }) => {
    let holds: boolean;
    if (text !== undefined) {
      lower ??= line.toLowerCase();
      holds = lower.includes(text);
    } else {
      members ??= JSON.parse(line) as Members;
      holds = test!(members);
    }
    return holds !== isNegative;
  });
}
