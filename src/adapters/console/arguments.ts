/**
 * The arguments of a console method → a message and fields. As the console prints them: directives take their arguments, and texts and numbers
 * behind are part of the message. Objects and errors are fields.
 */
import { format } from 'node:util';
import { textOf } from '../../codec/encode/arguments.ts';
import { attempt } from '../common/attempt.ts';
import { directivesIn } from '../common/directives.ts';

/** Arguments for one of our own methods. */
export function fromConsole(args: readonly unknown[]): readonly unknown[] {
  const [template, ...others] = args;
  if (typeof template !== 'string') return joined(args);
  const taken = Math.min(directivesIn(template).length, others.length);
  if (taken === 0) return joined(args);
  return attempt<readonly unknown[]>(
    () => joined([format(template, ...others.slice(0, taken)), ...others.slice(taken)]),
    () => args,
  );
}

function joined(args: readonly unknown[]): readonly unknown[] {
  const isObject = (arg: unknown) => (typeof arg === 'object' && arg !== null) || typeof arg === 'function';
  const texts = args.filter((arg) => !isObject(arg));
  const objects = args.filter(isObject);
  if (texts.length === 0) return objects;
  return [texts.map(textOf).join(' '), ...objects];
}
