/**
 * Decoded values as JSON text: for what is nested, and for records that travel as objects. Every value has a form, so that none is left out:
 * docs/output-formats.md lists them.
 */
import { jsonText } from './text.ts';

export function jsonValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return jsonText(value);
    case 'number':
      return jsonNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return jsonBigInt(value);
    case 'object':
      return value === null ? 'null' : jsonObject(value);
    default:
      return 'null';
  }
}

/** JSON knows no NaN and no infinities; as text they are at least not mistaken for a missing value. */
export function jsonNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

/** A number if every reader that holds numbers as doubles gets it exactly. */
function jsonBigInt(value: bigint): string {
  const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isSafe ? String(value) : `"${value}"`;
}

function jsonObject(value: object): string {
  if (value instanceof Uint8Array) return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  return Array.isArray(value) ? jsonArray(value) : jsonMap(value as Readonly<Record<string, unknown>>);
}

function jsonArray(elements: readonly unknown[]): string {
  let json = '[';
  for (let i = 0; i < elements.length; i++) json += (i === 0 ? '' : ',') + jsonValue(elements[i]);
  return `${json}]`;
}

function jsonMap(map: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(map);
  let json = '{';
  for (let i = 0; i < keys.length; i++) json += `${i === 0 ? '' : ','}${jsonText(keys[i])}:${jsonValue(map[keys[i]])}`;
  return `${json}}`;
}
