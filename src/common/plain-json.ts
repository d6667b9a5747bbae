/**
 * JSON of plain data: messages between threads of this package, and keys by which they find each other's objects. It must not depend on what an application or
 * its libraries have done to the language: `JSON.stringify` asks every array and object for a `toJSON`, which prototypes have had, and may have been replaced.
 * Imports nothing.
 */

/** As JSON.stringify writes texts, numbers, booleans, null, undefined, and arrays and objects of them. Throws on anything else. */
export function plainJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return Number.isFinite(value) ? `${value}` : 'null';
    case 'boolean':
      return `${value}`;
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? array(value) : object(value);
    default:
      throw new TypeError(`${typeof value} is no plain data.`);
  }
}

/** A text as JSON and JavaScript write it. */
export function quoted(text: string): string {
  return NEEDS_ESCAPE.test(text) ? `"${text.replace(ESCAPED, escaped)}"` : `"${text}"`;
}

const NEEDS_ESCAPE = /["\\\u0000-\u001f\u2028\u2029]|\p{Surrogate}/u;
const ESCAPED = new RegExp(NEEDS_ESCAPE, 'gu');

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function array(items: readonly unknown[]): string {
  let text = '';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + plainJson(items[i] ?? null);
  return `[${text}]`;
}

function object(members: object): string {
  let text = '';
  for (const key of Object.keys(members)) {
    const value = (members as Record<string, unknown>)[key];
    if (value !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${plainJson(value)}`;
  }
  return `{${text}}`;
}
