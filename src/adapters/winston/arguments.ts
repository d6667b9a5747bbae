/**
 * The arguments behind a message of winston: those that its tokens take are part of the message, the first one may have been merged into the record by winston,
 * and what is left stands nowhere yet. Which is which goes by their places, never by what they look like: a 7 is not in the message because "order 17" is.
 */
import { format } from 'node:util';
import { holdsFields } from '../../codec/encode/arguments.ts';
import { attempt } from '../common/attempt.ts';
import { directivesIn } from '../common/directives.ts';

/** A record as winston hands it over. */
export type Info = Record<string | symbol, unknown>;

export const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
const SPLAT = Symbol.for('splat');

/** Those for which winston looks before it merges the first argument. */
const TOKENS = /%[scdjifoO%]/;

export interface Arguments {
  readonly message: unknown;
  /** The error that the record is about. */
  readonly error: Error | undefined;
  /** An argument of which winston has copied properties that do not say what it is: an error, an array, a buffer. */
  readonly copied: object | undefined;
  /** What stands nowhere in the record yet. */
  readonly left: readonly unknown[];
}

/** A text, and at most one object behind it, which winston has merged: there is nothing to look for. */
export function isUsual(info: Info): boolean {
  const splat = info[SPLAT] as readonly unknown[] | undefined;
  if (typeof info.message !== 'string' || info.stack !== undefined || info instanceof Error) return false;
  if (splat === undefined || splat.length === 0) return true;
  const [first] = splat;
  return splat.length === 1 && isPlain(first) && !TOKENS.test(info.message) && !('message' in first) && !('level' in first);
}

/** `fillsTokens`: whether winston's own format `splat` has been at work; asked only if there are arguments. */
export function argumentsOf(info: Info, fillsTokens: () => boolean): Arguments {
  const args = Array.isArray(info[SPLAT]) ? (info[SPLAT] as readonly unknown[]) : [];
  const [first] = args;
  const error = info instanceof Error ? info : args.find((each) => each instanceof Error);
  const whole = info instanceof Error ? info.message : (info.message ?? info[MESSAGE] ?? '');
  if (args.length === 0) return { message: whole, error, copied: undefined, left: [] };

  const template = withoutAppended(whole, first);
  const message = first === error ? template : whole;
  const hasTokens = typeof template === 'string' && TOKENS.test(template);
  const isFilled = fillsTokens();
  const isMerged = !hasTokens && isRecord(first);
  const left = (others: readonly unknown[]) => others.filter((each) => each !== error && each !== undefined && each !== null);
  const copied = !hasTokens && !isMerged && typeof first === 'object' && first !== null ? first : undefined;
  if (isFilled) {
    // It has cut off what no token took. A single argument may be one that a token took, or all that there was.
    const isSaid = args.length > 1 || isMerged || isWritten(first, message);
    return { message, error, copied, left: isSaid ? [] : left(args) };
  }
  if (hasTokens) {
    const tokens = directivesIn(template);
    const taken = args.slice(0, tokens.length);
    return { message: filled(template, tokens, taken), error, copied, left: left(args.slice(taken.length)) };
  }
  const unmerged = isMerged ? [notCopied(first as object, info), ...args.slice(1)] : args;
  return { message, error, copied, left: left(unmerged) };
}

/** Formats that have been asked whether they fill tokens. */
const knownFormats = new WeakMap<object, boolean>();

interface Format {
  transform(info: never, options?: unknown): unknown;
  readonly options?: unknown;
}

/**
 * Whether a format fills tokens in. It is asked with a record of ours, once: a `combine` does not tell what it is made of.
 *
 * @param level of a record that the format has let through
 */
export function fillsTokens(format: Format | undefined, level: string): boolean {
  if (format === undefined) return false;
  const known = knownFormats.get(format);
  if (known !== undefined) return known;
  const asked = 4_711;
  const probe = { level, message: '%d', [LEVEL]: level, [MESSAGE]: '%d', [SPLAT]: [asked] };
  const answer = attempt<unknown>(
    () => format.transform(probe as never, format.options),
    () => ({}),
  );
  // It lets only some records through, and not this one.
  if (typeof answer !== 'object' || answer === null) return false;
  const fills = String((answer as Info).message).includes(String(asked));
  knownFormats.set(format, fills);
  return fills;
}

/** winston adds the message of the first argument to a text without tokens. */
function withoutAppended(message: unknown, first: unknown): unknown {
  const own = typeof first === 'object' && first !== null ? (first as Info).message : undefined;
  if (typeof message !== 'string' || !own) return message;
  const suffix = ` ${own}`;
  const template = message.endsWith(suffix) ? message.slice(0, -suffix.length) : message;
  return TOKENS.test(template) ? message : template;
}

function filled(template: string, tokens: readonly string[], taken: readonly unknown[]): string {
  // `util.format` writes an error's stack, which is in the record's exception.
  const shown = (arg: unknown, i: number) => (arg instanceof Error && tokens[i] === '%s' ? String(arg) : arg);
  return taken.length === 0
    ? template
    : attempt(
        () => format(template, ...taken.map(shown)),
        () => template,
      );
}

/** Whether its properties say what it is, so that winston's copies of them are enough. */
function isRecord(value: unknown): boolean {
  if (isPlain(value)) return true;
  return typeof value === 'object' && value !== null && holdsFields(value) && Object.keys(value).length > 0;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Properties of the merged argument in whose place winston has its own. Of a message that is a text it has made a part of the record's. */
function notCopied(merged: object, info: Info): object | undefined {
  const { level, message } = merged as Info;
  const beside: Record<string, unknown> = {};
  if (Object.hasOwn(merged, 'level') && level !== info[LEVEL]) beside.level = level;
  if (Object.hasOwn(merged, 'message') && typeof message !== 'string') beside.message = message;
  return Object.keys(beside).length > 0 ? beside : undefined;
}

/** Whether a text has a value in it as one of the tokens would write it. */
function isWritten(value: unknown, text: unknown): boolean {
  if (value === undefined || value === null || typeof text !== 'string') return false;
  return attempt(
    () => ['%s', '%d', '%i', '%f', '%j', '%o', '%O'].some((token) => text.includes(format(token, value))),
    () => false,
  );
}
