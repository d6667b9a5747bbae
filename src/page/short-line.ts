/**
 * A record that is too long for a list of records: the same with its values cut. The backends have it whole.
 */
import { cutTo } from '../common/one-line.ts';

const MOST_CHARACTERS = 1_000;
const MOST_MEMBERS = 60;

/** `line`: a record as JSON. */
export function shortLine(line: string): string {
  const members = Object.entries(JSON.parse(line) as Record<string, unknown>);
  const short = Object.fromEntries(members.slice(0, MOST_MEMBERS).map(([name, value]) => [cut(name), shortValue(name, value)]));
  return JSON.stringify({ ...short, page_shortened: `${line.length} characters` });
}

function shortValue(name: string, value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  if (text.length <= MOST_CHARACTERS) return value;
  return name === 'tags' ? (value as unknown[]).slice(0, MOST_MEMBERS).map((tag) => cut(String(tag))) : cut(text);
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${cutTo(text, MOST_CHARACTERS)}…`;
}
