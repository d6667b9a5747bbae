/**
 * The parts of text lines that both ways of making one share: plan.ts for frames of a shape, record.ts for objects.
 */

import { DROPPED_KEY, droppedText, type Lane, LEVEL_FACTS, type Level, rankOfLevel } from '../../record.ts';
import { fillColumns } from '../columns.ts';
import { durationName, durationText } from '../durations.ts';
import { jsonText } from '../json/text.ts';
import { jsonValue } from '../json/value.ts';
import { fixText, withFixTexts } from './fix-text.ts';
import { LOGGER_COLUMNS, MESSAGE_COLUMNS, type TextStyle } from './style.ts';
import { visibleText } from './visible-text.ts';

/** Field with the stack of an error and its causes: shown below the line. */
export const STACK_KEY = 'exception.stacktrace';
/** Fields that the first line of a stack repeats. */
export const SAID_BY_STACK: ReadonlySet<string> = new Set(['exception.type', 'exception.message']);

const POSITIONAL_KEYS: ReadonlySet<string> = new Set(['exchange', 'api_type', 'transport', 'strategy_type', 'component']);

/** Level and logger, with blanks before and after. */
export function opening(style: TextStyle, lane: Lane, level: Level, loggerName: string): string {
  const rank = rankOfLevel(level);
  const name = lane === 'audit' ? `${style.audit}AUDIT` : `${style.levels[rank]}${LEVEL_FACTS[rank].column}`;
  return `${style.reset} ${name}${style.reset} ${style.logger}${fillColumns(visibleText(loggerName), LOGGER_COLUMNS)}${style.reset} `;
}

/** A message that fields follow, filled up to its column. */
export function messageBeforeFields(message: string): string {
  return fillColumns(visibleText(message), MESSAGE_COLUMNS);
}

/** ` key=value`, or ` name=duration`. */
export function fieldText(key: string, value: unknown): string {
  const name = typeof value === 'number' ? durationName(key) : undefined;
  const duration = name === undefined ? undefined : durationText((value as number) * name.nanosPerUnit);
  return duration === undefined || name === undefined ? keyText(key) + valueText(value) : keyText(name.label) + duration;
}

/** The field for the number of attributes beyond the limits; empty when there are none. */
export function droppedFieldText(dropped: number): string {
  return dropped === 0 ? '' : fieldText(DROPPED_KEY, droppedText(dropped));
}

/** ` key=`. */
export function keyText(key: string): string {
  return ` ${bareOrQuoted(key)}=`;
}

function valueText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return bareOrQuoted(value);
    case 'number':
    case 'undefined':
      return String(value);
    default: {
      const json = jsonValue(value);
      return json.includes(SOH_ESCAPED) ? jsonValue(withFixTexts(value)) : json;
    }
  }
}

/** As JSON writes the control character SOH. */
export const SOH_ESCAPED = '\\u0001';

/** Texts without blanks, quotes, equals signs and backslashes, and of printable ASCII, need no quotes. */
const BARE = /^[!#-<>-[\]-~]+$/;

export function bareOrQuoted(text: string): string {
  return BARE.test(text) ? text : jsonText(fixText(text));
}

/** True for an attribute by position whose value is a part of the logger's name, or several in a row: it is on the line already. */
export function repeatsLoggerName(key: string, value: unknown, loggerName: string): boolean {
  return POSITIONAL_KEYS.has(key) && typeof value === 'string' && value !== '' && `.${loggerName}.`.includes(`.${value}.`);
}
