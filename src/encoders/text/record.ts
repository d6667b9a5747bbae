/**
 * A record as an object → its text line: the slow way, for errors with stacks, for records that travel as objects, for marks of losses, for
 * messages that are not plain ASCII, and for the last record before the output is full. The form is that of lines.ts.
 */
import type { LogRecordData } from '../../contract/backend.ts';
import { LANE_FACTS } from '../../record.ts';
import { jsonValue } from '../json/value.ts';
import { localSeconds, utcOffset } from '../local-time.ts';
import { splitSeconds } from '../timestamp.ts';
import {
  droppedFieldText,
  fieldText,
  messageBeforeFields,
  opening,
  repeatsLoggerName,
  SAID_BY_STACK,
  STACK_KEY,
} from './parts.ts';
import { type TextLinesOptions, textStyle } from './style.ts';
import { visibleText } from './visible-text.ts';

/** The line with its newline, and the lines of a stack below it. */
export function textLine(record: LogRecordData, options: TextLinesOptions): string {
  const style = textStyle(options.colored);
  const { lane, level, loggerName, body, eventName, attributes } = record;
  const stack = attributes[STACK_KEY];
  const hasStack = typeof stack === 'string';
  let fields = lane === 'logs' && eventName !== undefined ? fieldText('event', eventName) : '';
  fields += droppedFieldText(record.droppedAttributesCount ?? 0);
  for (const [key, value] of Object.entries(attributes)) {
    // The first line of a stack is of the time when the error was made: its message and its name may have changed since.
    const isSaidByStack =
      hasStack && (key === STACK_KEY || (SAID_BY_STACK.has(key) && typeof value === 'string' && stack.includes(value)));
    const isSaid = isSaidByStack || LANE_FACTS[lane].ownAttributes.has(key);
    if (!isSaid && !repeatsLoggerName(key, value, loggerName)) fields += fieldText(key, value);
  }
  if (record.traceId !== undefined) fields += fieldText('trace_id', record.traceId);

  const message = typeof body === 'string' ? body : jsonValue(body);
  const rest = fields === '' ? visibleText(message) : `${messageBeforeFields(message)}${style.dim}${fields}${style.reset}`;
  const line = `${style.dim}${timeText(record.timeUnixNanos, options.date)}${opening(style, lane, level, loggerName)}${rest}\n`;
  return hasStack ? line + stackText(stack, style.dim, style.reset) : line;
}

function timeText(unixNanos: bigint, date: boolean): string {
  const { seconds, nanos } = splitSeconds(unixNanos);
  if (Number.isNaN(new Date(seconds * 1000).getTime())) return `${unixNanos}ns`; // a user may give any number
  const time = `${localSeconds(seconds, date)}.${String(nanos).padStart(9, '0').slice(0, 3)}`;
  return date ? `${time} ${utcOffset(seconds)}` : time;
}

function stackText(stack: string, dim: string, reset: string): string {
  return stack
    .split('\n')
    .map((line) => `    ${dim}${visibleText(line)}${reset}\n`)
    .join('');
}
