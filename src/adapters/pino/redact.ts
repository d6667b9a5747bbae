/**
 * pino's `redact`: paths from the root of a record (`a.b`, `a[*].c`, `a["b-c"]`, `*.d`), whose values are replaced or removed. Objects along a path are
 * copied: the caller's own stay as they are.
 */
import { isError } from '../../codec/values/value-texts.ts';
import { attempt } from '../common/attempt.ts';
import { copyOfError, ERROR_PARTS } from '../common/error-copy.ts';

export interface PinoRedact {
  readonly paths: readonly string[];
  /** Replacement of a value, or a function that returns it. Default: `[Redacted]`. */
  readonly censor?: unknown;
  /** Keys are left out in place of their values being replaced. */
  readonly remove?: boolean;
}

const DEFAULT_CENSOR = '[Redacted]';
const ANY = '*';
const PART = /\[(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\]]*))\]|([^.[\]]+)/g;

type Fields = Record<string, unknown>;

export class PathRedaction {
  readonly #paths: readonly (readonly string[])[];
  readonly #censor: unknown;
  readonly #remove: boolean;

  constructor(redact: PinoRedact | readonly string[]) {
    const {
      paths,
      censor = DEFAULT_CENSOR,
      remove = false,
    } = Array.isArray(redact) ? { paths: redact as readonly string[] } : (redact as PinoRedact);
    this.#paths = (Array.isArray(paths) ? paths : []).map(partsOf).filter((parts) => parts.length > 0);
    this.#censor = censor;
    this.#remove = remove;
  }

  /** The fields with redacted values; the object itself when there are none. */
  apply(fields: Fields): Fields {
    return this.#paths.reduce((redacted, parts) => this.#at(redacted, parts, []) as Fields, fields);
  }

  #at(value: unknown, parts: readonly string[], above: readonly string[]): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const [part, ...below] = parts;
    const keys = part === ANY ? keysOf(value) : Object.hasOwn(value, part) || isErrorPart(value, part) ? [part] : [];
    let copy: Fields | unknown[] | undefined;
    for (const key of keys) {
      const known = (value as Fields)[key];
      const isEnd = below.length === 0;
      const next = isEnd ? this.#censored(known, [...above, key]) : this.#at(known, below, [...above, key]);
      if (next === known && !(isEnd && this.#remove)) continue;
      copy ??= Array.isArray(value) ? [...value] : isError(value) ? copyOfError(value) : { ...value };
      if (isEnd && this.#remove) delete (copy as Fields)[key];
      else (copy as Fields)[key] = next;
    }
    return copy ?? value;
  }

  #censored(value: unknown, path: readonly string[]): unknown {
    const censor = this.#censor;
    if (typeof censor !== 'function') return censor;
    // If the user's own code fails, the value must not appear in the record.
    return attempt<unknown>(
      () => censor(value, path),
      () => DEFAULT_CENSOR,
    );
  }
}

/** As JSON has them: an error's message and stack are among them. */
function keysOf(value: object): string[] {
  const keys = Object.keys(value);
  return isError(value) ? [...keys, ...ERROR_PARTS.filter((part) => isErrorPart(value, part) && !keys.includes(part))] : keys;
}

/** They may be inherited, and pino's paths know them. */
function isErrorPart(value: object, part: string): boolean {
  return part !== 'name' && ERROR_PARTS.includes(part) && isError(value);
}

function partsOf(path: string): string[] {
  return [...String(path).matchAll(PART)].map(
    ([, double, single, back, bare, plain]) => double ?? single ?? back ?? bare ?? plain,
  );
}
