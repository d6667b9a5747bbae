/**
 * Which fields hold credentials. Decided from their names, before any value is read: a redacted value never reaches the ring.
 *
 * An entry without dots is a name that counts at any depth. An entry with dots is the end of a path (`headers.authorization`, `accounts.*.pin`): a part
 * that is `*` stands for any one key, array positions included. In any other part, and in names, `*` stands for any run of characters
 * (`*secret`, `x_*_key`). Names are compared without case and without `_`, `-`, `.` and spaces, so `api_key` is also `apiKey`, `API-KEY` and `Api.Key`.
 * A dotted key (`http.request.header.authorization`) counts as the path it spells.
 *
 * Only names count. Credentials inside a text, such as the userinfo or the query of a URL, pass: nothing looks into values.
 */
import { namePattern } from '../config/name-pattern.ts';

export interface Redaction {
  /** Whether the value of this field of a record is replaced. */
  redactsKey(key: string): boolean;
  /** The same for a value inside a field: all keys from the record's field down to the value's own. */
  redactsPath(path: readonly string[]): boolean;
}

/** A matcher of one path part; undefined stands for any key. */
type Part = ((normalized: string) => boolean) | undefined;

/** What is known about a key by itself. */
interface Verdict {
  /** Redacted wherever it stands. */
  readonly always: boolean;
  /** Path entries whose last parts this key satisfies as far as it goes: what is left must be satisfied by the keys above it. */
  readonly open: readonly (readonly Part[])[];
}

const NEVER: Verdict = { always: false, open: [] };
const ALWAYS: Verdict = { always: true, open: [] };

/** Keys whose verdicts are kept. Programs use some hundreds; one that makes keys up as it goes pays for looking again, not with memory. */
const MAX_VERDICTS = 4096;

/** Longer keys are judged by their last part: no credential name is that long. Neither time nor memory follows their length. */
const MAX_KEY_UNITS = 256;

/** Values of keys that are longer still are replaced unseen. */
const MAX_JUDGED_UNITS = 2 ** 24;

export function compileRedaction(entries: readonly string[]): Redaction {
  const names: ((normalized: string) => boolean)[] = [];
  const exactNames = new Set<string>();
  const paths: (readonly Part[])[] = [];
  for (const entry of entries) {
    const parts = entry.split('.').filter((part) => part !== '');
    if (parts.length > 1) paths.push(parts.map((part) => (part === '*' ? undefined : namePattern(normalized(part)))));
    else if (entry.includes('*')) names.push(namePattern(normalized(entry)));
    else if (normalized(entry) !== '') exactNames.add(normalized(entry));
  }

  const isName = (name: string) => exactNames.has(name) || names.some((matches) => matches(name));

  function judge(key: string): Verdict {
    // To look at it would make the engine put its parts together, which takes a second for a long one. Nobody misses what it holds.
    if (key.length > MAX_JUDGED_UNITS) return ALWAYS;
    const parts = key.slice(-MAX_KEY_UNITS).split('.').map(normalized);
    let tail = '';
    for (let i = parts.length - 1; i >= 0; i--) {
      tail = parts[i] + tail;
      if (isName(tail)) return ALWAYS;
    }
    const open: (readonly Part[])[] = [];
    for (const path of paths) {
      const rest = strip(path, parts);
      if (rest === undefined) continue;
      if (rest.length === 0) return ALWAYS;
      open.push(rest);
    }
    return open.length === 0 ? NEVER : { always: false, open };
  }

  const verdicts = new Map<string, Verdict>();
  function verdictOf(key: string): Verdict {
    let verdict = verdicts.get(key);
    if (verdict === undefined) {
      verdict = judge(key);
      if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
      if (key.length <= MAX_KEY_UNITS) verdicts.set(key, verdict);
    }
    return verdict;
  }

  return {
    redactsKey: (key) => verdictOf(key).always,
    redactsPath(path) {
      const last = path.length - 1;
      const { always, open } = verdictOf(path[last]);
      return always || (open.length > 0 && open.some((rest) => isSatisfied(rest, path, last - 1)));
    },
  };
}

/** Whether `parts` are satisfied by the keys of `path` from `at` upwards. */
function isSatisfied(parts: readonly Part[], path: readonly string[], at: number): boolean {
  let rest: readonly Part[] | undefined = parts;
  for (let i = at; i >= 0; i--) {
    rest = strip(rest, path[i].slice(-MAX_KEY_UNITS).split('.').map(normalized));
    if (rest === undefined) return false;
    if (rest.length === 0) return true;
  }
  return false;
}

/** What is left of `path` when its end is laid over the end of `keys`; undefined when they do not agree. */
function strip(path: readonly Part[], keys: readonly string[]): readonly Part[] | undefined {
  const shared = Math.min(path.length, keys.length);
  for (let i = 1; i <= shared; i++) {
    const part = path[path.length - i];
    if (part !== undefined && !part(keys[keys.length - i])) return undefined;
  }
  return path.slice(0, path.length - shared);
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[_\-.\s]/g, '');
}
