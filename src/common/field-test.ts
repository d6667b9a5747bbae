/**
 * Tests of a record's fields as people write them: `order_id=17`, `qty>=0.5`, `side!=buy`, `msg~refused` (contains), `user.id=7` (a field in a field).
 */

export type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~';

export interface FieldTest {
  readonly name: string;
  readonly operator: Operator;
  readonly wanted: string;
  passes(members: Readonly<Record<string, unknown>>): boolean;
}

const FIELD_TEST = /^([^=!<>~]+)(!=|>=|<=|=|>|<|~)(.*)$/s;

type Comparison = (member: unknown, wanted: string) => boolean;

const COMPARISONS: Readonly<Record<Operator, Comparison>> = {
  '=': (member, wanted) => textOfMember(member) === wanted,
  '!=': (member, wanted) => textOfMember(member) !== wanted,
  '~': (member, wanted) => member !== undefined && textOfMember(member).includes(wanted),
  '>': (member, wanted) => ordered(member, wanted, (order) => order > 0),
  '>=': (member, wanted) => ordered(member, wanted, (order) => order >= 0),
  '<': (member, wanted) => ordered(member, wanted, (order) => order < 0),
  '<=': (member, wanted) => ordered(member, wanted, (order) => order <= 0),
};

/** Undefined: it is no such test. */
export function readFieldTest(text: string): FieldTest | undefined {
  const parts = FIELD_TEST.exec(text);
  if (parts === null) return undefined;
  const [, name, operator, wanted] = parts as unknown as [string, string, Operator, string];
  const compare = COMPARISONS[operator];
  return { name, operator, wanted, passes: (members) => compare(memberOf(members, name), wanted) };
}

/** Whether a test compares numbers and is given something else. */
export function wantsNumber({ operator, wanted }: FieldTest): boolean {
  return /^[<>]/.test(operator) && Number.isNaN(Number(wanted));
}

/** A member of this name, or, by the dots in it, a member inside members. */
function memberOf(members: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(members, name)) return members[name];
  let value: unknown = members;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function textOfMember(member: unknown): string {
  if (typeof member === 'string') return member;
  return member === undefined ? '' : JSON.stringify(member);
}

function ordered(member: unknown, wanted: string, isWanted: (order: number) => boolean): boolean {
  const value =
    typeof member === 'number' ? member : typeof member === 'string' && member.trim() !== '' ? Number(member) : Number.NaN;
  return isWanted(value - Number(wanted));
}
