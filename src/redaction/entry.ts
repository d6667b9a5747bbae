/**
 * Entries of `redact` as users write them → names and paths. Accepted are dotted paths (`accounts.*.pin`), the brackets of JavaScript and JSONPath
 * (`users[*].ssn`, `headers["x-desk-key"]`, `list[0]`), and a leading `$` or `..`.
 */
import { normalizedName } from '../common/credential-matcher.ts';

/** Stands for any one key or position. */
export const ANY = '*';
/** Stands for any run of keys and positions, none included. */
export const ANY_RUN = '**';

/** One name counts at any depth; several are the end of a path. */
export type Entry = { readonly name: string } | { readonly path: readonly string[] };

/** Why an entry is refused, and what to write in its place. */
export interface EntryProblem {
  readonly problem: string;
}

const BRACKET = /\[(?:(\d+|\*{1,2})|"([^"\]]*)"|'([^'\]]*)'|([^\]"']*))\]/y;

export function parseEntry(entry: string): Entry | EntryProblem {
  if (entry.startsWith('/')) {
    return { problem: `a path with dots: ${JSON.stringify(entry.slice(1).replaceAll('/', '.'))}` };
  }
  const parts: string[] = [];
  let at = entry[0] === '$' && (entry.length === 1 || entry[1] === '.' || entry[1] === '[') ? 1 : 0;
  while (at < entry.length) {
    if (entry[at] === '.') {
      if (entry[at + 1] === '.' && at + 2 < entry.length) parts.push(ANY_RUN);
      at += entry[at + 1] === '.' ? 2 : 1;
    } else if (entry[at] === '[') {
      BRACKET.lastIndex = at;
      const found = BRACKET.exec(entry);
      if (found === null) return { problem: `brackets that are closed, or a path with dots: ${suggestion(entry)}` };
      const [whole, position, double, single, bare] = found;
      if (bare !== undefined) {
        if (/[?@:(),]/.test(bare))
          return { problem: `no filters or ranges in brackets: [*] stands for every position, as in ${suggestion(entry)}` };
        return { problem: `a key in quotes or behind a dot: ${suggestion(entry)}` };
      }
      // A key with dots is the path that it spells.
      parts.push(...(position === undefined ? (double ?? single ?? '').split('.') : [position]));
      at += whole.length;
    } else {
      let end = at;
      while (end < entry.length && entry[end] !== '.' && entry[end] !== '[') end++;
      parts.push(entry.slice(at, end));
      at = end;
    }
  }
  const kept = parts.map(normalizedName).filter((part) => part !== '');
  while (kept[0] === ANY_RUN && kept.length > 1) kept.shift();
  if (kept.some((part) => part.includes(']') || part.includes('"') || part.includes("'"))) {
    return { problem: `brackets and quotes in pairs, or a path with dots: ${suggestion(entry)}` };
  }
  if (kept.every((part) => part === ANY_RUN) && !entry.includes(ANY))
    return { problem: 'a name with letters or digits, such as "api_key" or "headers.authorization"' };
  return kept.length === 1 ? { name: kept[0] === ANY_RUN ? ANY : kept[0] } : { path: kept };
}

/** A spelling that works: names in brackets become names behind dots. */
function suggestion(entry: string): string {
  const dotted = entry
    .replace(/\[[^\]]*[?@:(),][^\]]*\]?/g, '.*')
    .replace(/["'\]]/g, '')
    .replaceAll('[', '.')
    .replace(/^\$?\.+/, '')
    .replace(/\.{2,}/g, '.')
    .replace(/\.$/, '');
  return JSON.stringify(dotted);
}
