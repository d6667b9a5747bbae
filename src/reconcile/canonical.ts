/**
 * One text for one audit event, in any of its forms: a line of a host's audit file, a record in a gateway's file, a line in Loki.
 *
 * A store keeps less than a file: Loki flattens maps, rewrites names, writes every value as text and leaves empty ones out. So there are two
 * views, and both sides of a comparison are brought into the same one: `whole` for files, `flat` for Loki.
 */

import { hash } from 'node:crypto';

export type View = 'whole' | 'flat';

export interface AuditEvent {
  readonly timeUnixNanos: string;
  readonly event: string;
  readonly logger: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const SEPARATOR = '\u001f';
const DIGEST_HEX_DIGITS = 32;

/**
 * In Loki resource attributes lie beside fields and cannot be distinguished from them: fields with such names are not compared in the flat
 * view, on either side. The last four are what Loki and the gateway add.
 */
const NOT_FIELDS =
  /^(service|host|os|telemetry|deployment|process|cloud|k8s|container|observed_timestamp|detected_level|severity|scope)(_|$)/;

/** 128 bits of SHA-256 over the canonical text: enough that no two events of a day agree by chance. */
export function digestOf(event: AuditEvent, view: View): string {
  return hash('sha256', canonicalText(event, view)).slice(0, DIGEST_HEX_DIGITS);
}

export function canonicalText({ timeUnixNanos, event, logger, traceId, spanId, fields: all }: AuditEvent, view: View): string {
  const { [TAGS]: _, ...fields } = all;
  const pairs = view === 'whole' ? wholePairs(fields) : flatPairs(fields);
  return [timeUnixNanos, event, logger, traceId, spanId, ...pairs.sort()].join(SEPARATOR);
}

/** OTLP carries the tags of a record's logger under this name, audit lines do not have them: a field of this name is not compared. */
const TAGS = 'tags';

function wholePairs(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(fields).map(([key, value]) => `${key}=${wholeText(value)}`);
}

/** Numbers, booleans and texts of the same characters are one: a 64-bit integer is a text in JSON lines and a number in OTLP. */
function wholeText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(wholeText).join(',')}]`;
  if (typeof value === 'object')
    return `{${wholePairs(value as Record<string, unknown>)
      .sort()
      .join(',')}}`;
  return JSON.stringify(String(value));
}

function flatPairs(fields: Readonly<Record<string, unknown>>): string[] {
  const pairs: string[] = [];
  const add = (path: string, value: unknown): void => {
    if (value === null || value === undefined || value === '') return;
    if (typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) add(`${path}_${key}`, inner);
      return;
    }
    const name = flatName(path);
    if (!NOT_FIELDS.test(name)) pairs.push(`${name}=${flatText(value)}`);
  };
  for (const [key, value] of Object.entries(fields)) add(key, value);
  return pairs;
}

/** Loki's names have letters, digits and underscores, and what it does at their ends has changed between versions. */
function flatName(path: string): string {
  return path
    .replace(/[^a-zA-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .replace(/^key_(?=\d)/, '');
}

/** Arrays are JSON text in Loki, as Go writes JSON: read again, so that escapes and spaces do not count. */
function flatText(value: unknown): string {
  if (typeof value !== 'string') return Array.isArray(value) ? wholeText(value) : String(value);
  if (!value.startsWith('[')) return value;
  try {
    return wholeText(JSON.parse(value));
  } catch {
    return value;
  }
}
