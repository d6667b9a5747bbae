/**
 * Names of fields in JSON lines. A name that the line's own members use gets underscores appended until it is free, so that no line has a
 * member twice and none of a user's fields can pass for one of ours.
 */
import { DROPPED_KEY, type Lane } from '../record.ts';

const RESERVED_NAMES: Readonly<Record<Lane, ReadonlySet<string>>> = {
  logs: new Set(['time', 'level', 'severity_text', 'logger', 'msg', 'event', 'tags', 'trace_id', 'span_id', 'seq', DROPPED_KEY]),
  audit: new Set(['time', 'audit_seq', 'event', 'run', 'logger', 'trace_id', 'span_id', 'seq', DROPPED_KEY]),
};

/**
 * Attributes that every audit record has in OpenTelemetry's terms. They are ours, so a user's fields of these names give way; audit lines
 * say the same as `event` and `audit_seq`.
 */
export const AUDIT_ATTRIBUTES: ReadonlySet<string> = new Set(['event.name', 'hft.audit', 'hft.audit.seq']);

/** The name in JSON lines of each of `keys`, which are distinct. */
export function fieldNames(keys: readonly string[], lane: Lane): readonly string[] {
  const reserved = RESERVED_NAMES[lane];
  if (!keys.some((key) => reserved.has(key))) return keys;
  const taken = new Set(keys);
  return keys.map((key) => {
    if (!reserved.has(key)) return key;
    let name = `${key}_`;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return name;
  });
}
