/**
 * pino's format strings: `%s %d %i %f %o %O %j %%`. Arguments that no directive takes are returned; pino leaves them out.
 */
import { textOf } from '../../codec/encode/arguments.ts';
import { attempt } from '../common/attempt.ts';

export interface Formatted {
  readonly text: string;
  /** Arguments that no directive has taken. */
  readonly left: readonly unknown[];
}

const DIRECTIVE = /%([sdifoOj%])/g;

/** `shown`: what may be shown of an object. */
export function format(template: string, args: readonly unknown[], shown: (object: object) => unknown = itself): Formatted {
  if (args.length === 0 || !template.includes('%')) return { text: template, left: args };
  let next = 0;
  const text = template.replace(DIRECTIVE, (directive, kind: string) => {
    if (kind === '%') return '%';
    if (next >= args.length) return directive;
    const value = args[next];
    // pino leaves the directive in the text if its value is not of that kind; the value is consumed all the same.
    if (kind !== 's' && (value === undefined || (value === null && kind !== 'o' && kind !== 'O' && kind !== 'j'))) {
      next++;
      return directive;
    }
    next++;
    return written(kind, value, shown);
  });
  return { text, left: args.slice(next) };
}

function itself(object: object): unknown {
  return object;
}

function written(kind: string, value: unknown, shown: (object: object) => unknown): string {
  return attempt(
    () => {
      switch (kind) {
        case 's':
          return textOf(value);
        case 'd':
        case 'f':
          return String(Number(value));
        case 'i':
          return String(Math.floor(Number(value)));
        default:
          if (typeof value === 'string') return `'${value}'`;
          return jsonText(typeof value === 'object' && value !== null ? shown(value) : value);
      }
    },
    (thrown) => thrown,
  );
}

function jsonText(value: unknown): string {
  if (typeof value === 'function') return value.name || '<anonymous>';
  try {
    return JSON.stringify(value) ?? textOf(value);
  } catch {
    return textOf(value);
  }
}
