/**
 * Names of fields in JSON lines. A name that the line's own members use gets underscores appended until it is free, so that no line has a
 * member twice and none of a user's fields can pass for one of ours.
 */
import { DROPPED_KEY, type Lane } from '../record.ts';

/** Of audit lines, and of log records in the audit trail. */
const RUN_NAME = 'run';

/** Names that audit lines have of their own. A user's field of the same name has underscores behind it. */
export const AUDIT_LINE_NAMES: ReadonlySet<string> = new Set([
  'time',
  'audit_seq',
  'event',
  RUN_NAME,
  'logger',
  'trace_id',
  'span_id',
  'seq',
  DROPPED_KEY,
]);

const RESERVED_NAMES: Readonly<Record<Lane, ReadonlySet<string>>> = {
  logs: new Set(['time', 'level', 'severity_text', 'logger', 'msg', 'event', 'tags', 'trace_id', 'span_id', 'seq', DROPPED_KEY]),
  audit: AUDIT_LINE_NAMES,
};

/** The name in JSON lines of each of `keys`, which are distinct. `showsRun`: see `LaneContext`. */
export function fieldNames(keys: readonly string[], lane: Lane, showsRun = false): readonly string[] {
  const reserved = RESERVED_NAMES[lane];
  const isReserved = (key: string) => reserved.has(key) || (showsRun && key === RUN_NAME);
  if (!keys.some(isReserved)) return keys;
  const taken = new Set(keys);
  return keys.map((key) => {
    if (!isReserved(key)) return key;
    // No reserved name ends with an underscore, so two of them never get the same name.
    let name = `${key}_`;
    while (taken.has(name)) name += '_';
    return name;
  });
}
