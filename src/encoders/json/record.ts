/**
 * A record as an object → its JSON line: the slow way, for records that travel as objects, for marks of losses, for the last record before
 * the output is full, and for audit records that are written by the caller. The form is that of lines.ts.
 */
import type { LogRecordData } from '../../contract/backend.ts';
import { DROPPED_KEY, droppedText, LANE_FACTS, rankOfLevel, SEVERITY_TEXTS } from '../../record.ts';
import { fieldNames } from '../field-names.ts';
import { isoNanos } from '../timestamp.ts';
import { jsonText } from './text.ts';
import { jsonValue } from './value.ts';

/** The line with its newline. `instanceId` is written as `run` in audit lines, and in others if `showsRun`. */
export function jsonLine(record: LogRecordData, instanceId: string, showsRun = false): string {
  const { lane, attributes, sequence } = record;
  const all = Object.keys(attributes);
  const { ownAttributes } = LANE_FACTS[lane];
  const keys = ownAttributes.size > 0 ? all.filter((key) => !ownAttributes.has(key)) : all;
  const names = fieldNames(keys, lane, showsRun);
  let fields = droppedMember(record.droppedAttributesCount ?? 0);
  for (let i = 0; i < keys.length; i++) fields += `,${jsonText(names[i])}:${jsonValue(attributes[keys[i]])}`;
  const trace =
    record.traceId === undefined ? '' : `,"trace_id":${jsonText(record.traceId)},"span_id":${jsonText(record.spanId ?? '')}`;
  const opening = lane === 'audit' ? auditOpening(record, instanceId) : logOpening(record, showsRun ? runMember(instanceId) : '');
  return `{"time":"${isoNanos(record.timeUnixNanos)}",${opening}${fields}${trace},"seq":${sequence}}\n`;
}

/** The member for the number of attributes beyond the limits; empty when there are none. */
export function droppedMember(dropped: number): string {
  return dropped === 0 ? '' : `,"${DROPPED_KEY}":"${droppedText(dropped)}"`;
}

export function runMember(instanceId: string): string {
  return `,"run":${jsonText(instanceId)}`;
}

function auditOpening({ sequence, eventName, loggerName }: LogRecordData, instanceId: string): string {
  return `"audit_seq":${sequence},"event":${jsonText(eventName ?? '')}${runMember(instanceId)},"logger":${jsonText(loggerName)}`;
}

/** `run` comes before every object of the user's: a line's first `run` is its own (audit/run-tree/lines.ts). */
function logOpening({ level, severityText, loggerName, body, eventName, tags }: LogRecordData, run: string): string {
  const isUsual = severityText === '' || severityText === SEVERITY_TEXTS[rankOfLevel(level)];
  const severity = isUsual ? '' : `"severity_text":${jsonText(severityText)},`;
  const event = eventName === undefined ? '' : `,"event":${jsonText(eventName)}`;
  const tagList = tags.length === 0 ? '' : `,"tags":${jsonValue(tags)}`;
  return `"level":"${level}",${severity}"logger":${jsonText(loggerName)}${run},"msg":${jsonValue(body)}${event}${tagList}`;
}
