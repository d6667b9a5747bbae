/**
 * Traits of an object's class, found out once for each prototype: the names of the classes it inherits from, and whether they need more than writing its
 * properties.
 */

export interface ClassTraits {
  /** Name of the class itself. */
  readonly name: string;
  /** Nothing is special about it. */
  readonly isOrdinary: boolean;
  /** It inherits from a class of the language, or is of another realm, where that cannot be seen. */
  readonly mayBeLanguage: boolean;
  readonly isUrl: boolean;
  readonly isEvent: boolean;
  /** Iterates over pairs of names and values: headers, search parameters, forms. */
  readonly hasPairs: boolean;
  /** The 64-bit integer of the package `long`, which protobuf decoders give. */
  readonly isLong: boolean;
  /** `Symbol.toStringTag`, when nothing else is known. */
  readonly tag: string | undefined;
  /** Names of the classes it inherits from, its own first. */
  readonly names: ReadonlySet<string>;
  /** Functions and accessors that it inherits. */
  readonly methods: ReadonlySet<string>;
  readonly accessors: ReadonlySet<string>;
  /** Accessors that are enumerable, as those of the web platform's interfaces are. */
  readonly attributes: readonly string[];
}

const LANGUAGE: ReadonlySet<string> = new Set([
  ...['Date', 'Error', 'Map', 'Set', 'RegExp', 'Number', 'String', 'Boolean', 'BigInt', 'Symbol'],
  ...['ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'TypedArray'],
]);

const known = new WeakMap<object, ClassTraits>();

/** Throws what a proxy throws. */
export function traitsOf(value: object): ClassTraits {
  const prototype = Object.getPrototypeOf(value) as object;
  let traits = known.get(prototype);
  if (traits === undefined) {
    traits = readTraits(prototype);
    known.set(prototype, traits);
  }
  return traits;
}

function readTraits(prototype: object): ClassTraits {
  const names = new Set<string>();
  const methods = new Set<string>();
  const accessors = new Set<string>();
  const attributes: string[] = [];
  let tag: string | undefined;
  let last: object | null = prototype;
  let name: string | undefined;
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    last = at;
    const own = nameOfClass(at);
    name ??= own;
    if (own !== undefined) names.add(own);
    if (at === Object.prototype) break;
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (property.get !== undefined) {
        accessors.add(key);
        if (property.enumerable && !attributes.includes(key)) attributes.push(key);
      } else if (typeof property.value === 'function') methods.add(key);
    }
    const ownTag = Object.getOwnPropertyDescriptor(at, Symbol.toStringTag)?.value as unknown;
    if (tag === undefined && typeof ownTag === 'string') tag = ownTag;
  }
  const isForeign = last !== Object.prototype;
  const mayBeLanguage = isForeign || [...names].some((each) => LANGUAGE.has(each));
  const isUrl = accessors.has('href') && accessors.has('searchParams');
  const isEvent = accessors.has('type') && accessors.has('target');
  const hasPairs = methods.has('entries') && methods.has('append') && (methods.has('getAll') || methods.has('getSetCookie'));
  return {
    name: name ?? 'Object',
    names,
    methods,
    accessors,
    attributes,
    tag,
    mayBeLanguage,
    isUrl,
    isEvent,
    hasPairs,
    isLong: hasMarker(prototype, '__isLong__'),
    isOrdinary:
      !mayBeLanguage &&
      !isUrl &&
      !isEvent &&
      !hasPairs &&
      tag === undefined &&
      attributes.length === 0 &&
      !hasMarker(prototype, '__isLong__') &&
      !MACHINERY.some((method) => methods.has(method)),
  };
}

/** Methods that streams, sockets, servers, agents and dispatchers of HTTP clients have. http-summary.ts decides which of them it is. */
const MACHINERY: readonly string[] = ['pipe', 'listen', 'addRequest', 'dispatch', 'send'];

function nameOfClass(prototype: object): string | undefined {
  const made = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
  const name = typeof made === 'function' ? (made.name as unknown) : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function hasMarker(prototype: object, marker: string): boolean {
  return (prototype as Record<string, unknown>)[marker] === true;
}
