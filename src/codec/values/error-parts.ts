/**
 * The parts of an error: its class, message and stack, its causes, and its own properties. Nothing here throws.
 */
import { describeThrown, exceptionType, isError } from './value-texts.ts';

/** One property of an error. */
export interface ErrorPart {
  /** As it is written. */
  readonly name: string;
  /** As it is written of a record's own error. */
  readonly attribute: string;
  /** Its name on the error, which redaction uses. */
  readonly key: string;
}

/** Said by the type, the message and the stack. */
const SAID: ReadonlySet<string> = new Set(['message', 'stack']);

/** Names under which a nested error's class, message and stack are written; a property of such a name gets an underscore. */
const WRITTEN: ReadonlySet<string> = new Set(['type', 'message', 'stack']);
/** The same of a record's own error, which has its stack under another name. */
const WRITTEN_OF_RECORD: ReadonlySet<string> = new Set([...WRITTEN, 'stacktrace']);

/** Properties that JavaScript makes not enumerable, and that hold other errors: of any error, of AggregateError, of SuppressedError. */
const HIDDEN: readonly string[] = ['cause', 'errors', 'error', 'suppressed'];

/** All but class, message and stack. `ofRecord`: of the error that is the record's own. */
export function errorParts(error: Error, ofRecord = false): readonly ErrorPart[] {
  if (isBare(error)) return holds(error, 'cause') ? CAUSE_ALONE : NO_PARTS;
  const keys = HIDDEN.filter((key) => holds(error, key));
  for (const key of ownKeys(error)) {
    if (!SAID.has(key) && !HIDDEN.includes(key) && (key !== 'name' || !isSaidByType(error))) keys.push(key);
  }
  const taken = new Set(ofRecord ? WRITTEN_OF_RECORD : WRITTEN);
  return keys.map((key) => {
    let name = key;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return { name, attribute: `exception.${name}`, key };
  });
}

/** Hoisted: `Object.hasOwn` costs twice as much. */
const isOwn = Object.prototype.hasOwnProperty;

/** Most errors have nothing, or a cause. */
function isBare(error: Error): boolean {
  try {
    for (const key in error) if (isOwn.call(error, key)) return false;
    return !isOwn.call(error, 'errors') && !isOwn.call(error, 'error') && !isOwn.call(error, 'suppressed');
  } catch {
    return false;
  }
}

const NO_PARTS: readonly ErrorPart[] = [];
const CAUSE_ALONE: readonly ErrorPart[] = [{ name: 'cause', attribute: 'exception.cause', key: 'cause' }];

/** A `cause` may be inherited; the others are properties of many things and count only on the error itself. */
function holds(error: Error, key: string): boolean {
  try {
    return key === 'cause' ? error.cause !== undefined || isOwn.call(error, key) : isOwn.call(error, key);
  } catch {
    return true; // reading it gives the thrown value
  }
}

function ownKeys(error: Error): string[] {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
}

function isSaidByType(error: Error): boolean {
  try {
    return error.name === exceptionType(error) || (error.name as unknown) === 'Error' || (error.name as unknown) === '';
  } catch {
    return true;
  }
}

/** Longest chain of causes whose stacks are joined. */
export const MAX_CAUSES = 8;

/** An error and its causes, as far as their stacks are joined to one; `isHidden`, by depth: the chain ends before that cause. A value that is not an error can only be the last. */
export function causeChain(error: Error, isHidden: readonly boolean[]): unknown[] {
  const chain: unknown[] = [];
  let current: unknown = error;
  while (current !== undefined && current !== null && !chain.includes(current) && chain.length < MAX_CAUSES) {
    if (isHidden[chain.length]) break;
    chain.push(current);
    current = isError(current) ? causeOf(current) : undefined;
  }
  return chain;
}

function causeOf(error: Error): unknown {
  try {
    return error.cause;
  } catch {
    return undefined;
  }
}

/** Frames of a stack that are written where `Error.prepareStackTrace` gives them as objects. */
const MAX_FRAMES = 100;

/** The stack, or the text in its place. Frames that came as objects are written as V8 writes them. */
export function stackOf(error: Error): unknown {
  const stack: unknown = error.stack ?? describeThrown(error);
  if (!Array.isArray(stack)) return stack;
  return [describeThrown(error), ...stack.slice(0, MAX_FRAMES).map(String)].join('\n    at ');
}
