/**
 * Collects the problems of a configuration while it is read, and shows values in messages without secrets.
 */
import { maskSecrets } from '../common/mask-secrets.ts';
import { cutTo } from '../common/one-line.ts';
import type { ConfigIssue } from '../errors.ts';

/** More than this many problems are counted, not listed: the message is for a person. */
const MAX_LISTED = 500;

/** Characters of a value that a message shows. */
const MAX_SHOWN = 60;

/** Longer texts are not shown at all. */
const MAX_MASKED = 2000;

export class Problems {
  /** Backends that rules name. They are checked when everything is read, also those of rules with other problems. */
  readonly namedBackends: { readonly path: string; readonly name: string }[] = [];
  readonly #issues: ConfigIssue[] = [];
  #unlisted = 0;

  /** Without problems so far, for a check of the same configuration whose result may not count. */
  ofOthers(): Problems {
    const others = new Problems();
    others.namedBackends.push(...this.namedBackends);
    return others;
  }

  get count(): number {
    return this.#issues.length + this.#unlisted;
  }

  add(path: string, value: string, expected: string): void {
    if (this.#issues.length < MAX_LISTED) this.#issues.push({ path: printable(path, 200), value, expected });
    else this.#unlisted++;
  }

  /** Whether a further problem would only be counted: then its text need not be made. */
  get isFull(): boolean {
    return this.#issues.length >= MAX_LISTED;
  }

  /** Whether something is wrong at this very path. */
  has(path: string): boolean {
    return this.#issues.some((issue) => issue.path === path);
  }

  list(): readonly ConfigIssue[] {
    if (this.#unlisted === 0) return this.#issues;
    return [
      ...this.#issues,
      { path: '…', value: `${this.#unlisted} further problems`, expected: 'the ones above to be corrected first' },
    ];
  }
}

/** A value for a message: short, on one line, without possible credentials. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      // A cut text might hide the `@` by which userinfo is known.
      return value.length > MAX_MASKED ? kindOf(value) : JSON.stringify(printable(maskSecrets(masked(value)), MAX_SHOWN));
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return printable(`${value}n`, MAX_SHOWN);
    default:
      return kindOf(value);
  }
}

/** The sort of a value, for messages that must not show the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `a text of ${value.length} character${value.length === 1 ? '' : 's'}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`;
    const tag = printable(Object.prototype.toString.call(value).slice(8, -1), 30);
    return tag === 'Object' ? 'an object' : `an object (${tag})`;
  } catch {
    return 'an object that cannot be read';
  }
}

/** Without userinfo (`user:password@`) and without the values of a query. */
function masked(text: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  const bare = at < 0 ? rest : `***@${rest.slice(at + 1)}`;
  return scheme + bare.replace(/([?&][^=&#]*)=[^&#]*/g, '$1=***');
}

function printable(text: string, most: number): string {
  const line = cutTo(text, most * 2).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '·');
  return line.length > most ? `${cutTo(line, most - 1)}…` : line;
}
