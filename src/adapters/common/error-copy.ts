/**
 * A copy of an Error that is written as the Error itself: of its class, with its message, stack and properties. Spread into an object, an Error loses the first three.
 */
import { readProperty } from '../../codec/encode/arguments.ts';

/** Not enumerable, and often not the error's own. */
export const ERROR_PARTS: readonly string[] = ['name', 'message', 'stack'];

export function copyOfError(error: Error): Error & Record<string, unknown> {
  // Made as an Error, it is known for one where its class is one of another realm.
  const copy = Object.setPrototypeOf(new Error(), Object.getPrototypeOf(error));
  const define = (key: string, enumerable: boolean) =>
    Object.defineProperty(copy, key, { value: readProperty(error, key), enumerable, writable: true, configurable: true });
  for (const key of ERROR_PARTS) define(key, false);
  for (const key of Object.getOwnPropertyNames(error)) define(key, Object.prototype.propertyIsEnumerable.call(error, key));
  return copy;
}
