/** Classes that are made for one sample. */

export interface Members {
  readonly methods?: readonly string[];
  /** Accessors that are enumerable, as those of the web platform are, with what they give. */
  readonly attributes?: object;
  /** Accessors that are not. */
  readonly accessors?: object;
  /** Properties of the prototype. */
  readonly data?: object;
  /** `Symbol.toStringTag`. */
  readonly tag?: unknown;
  readonly isLong?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: its members are what is tested
type AnyClass = new () => any;

/** A class of this name; '': without one. */
export function classOf(name: string, members: Members, base: AnyClass = Object): AnyClass {
  const { methods = [], attributes = {}, accessors = {}, data = {}, tag, isLong = false } = members;
  const made = { [name]: class extends base {} }[name]!;
  const define = (key: string | symbol, property: PropertyDescriptor) =>
    Object.defineProperty(made.prototype, key, { configurable: true, ...property });
  for (const key of methods) define(key, { value: () => {}, writable: true });
  for (const [key, value] of Object.entries(attributes)) define(key, { get: () => value, enumerable: true });
  for (const [key, value] of Object.entries(accessors)) define(key, { get: () => value, enumerable: false });
  for (const [key, value] of Object.entries(data)) define(key, { value, enumerable: true });
  if (tag !== undefined) define(Symbol.toStringTag, { value: tag });
  if (isLong) define('__isLong__', { value: true });
  return made;
}
