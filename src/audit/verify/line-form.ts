/**
 * What a line of the audit file is, and its time, by its beginning. hft-otel writes lines in these forms only:
 *
 * ```
 * {"time":"2026-11-29T02:10:00.123456789Z","audit_seq":3,"event":"…     event, or own: VOID_EVENT
 * {"time":"2026-11-29T02:10:00.123456789Z","event":"hft.clock","run":   clock
 * {"time":"2026-11-29T02:10:00.123456789Z","level":"…                   log, or own: a mark of lost records
 * ```
 */
import { OWN_SCOPE } from '../../codec/decode.ts';
import { VOID_EVENT } from '../../record.ts';
import { CLOCK_EVENT } from '../own-events.ts';

/** `own`: tells of something lost; a recovery writes it, at its own time. `foreign`: none of these forms. */
export type LineKind = 'event' | 'clock' | 'log' | 'own' | 'foreign';

export interface LineForm {
  readonly kind: LineKind;
  /** The line's time, to the millisecond; NaN for `foreign`. */
  readonly unixMillis: number;
}

const OPENING = Buffer.from('{"time":"');
const RUN = Buffer.from(',"run":"');
const TIME_END = Buffer.from('Z","');
const NUMBER = Buffer.from('audit_seq":');
const EVENT = Buffer.from(',"event":"');
const VOID = Buffer.from(`${VOID_EVENT}"`);
const CLOCK = Buffer.from(`event":"${CLOCK_EVENT}","run":"`);
const LOG = Buffer.from('level":"');
const MARK = Buffer.from(`warning","logger":"${OWN_SCOPE.name}",`);

const FOREIGN: LineForm = { kind: 'foreign', unixMillis: Number.NaN };

export function formOf(line: Buffer): LineForm {
  const form = formAt(line, 0);
  if (form !== FOREIGN) return form;
  // The rest of a line that was cut may stand in front of the run's own.
  const at = line.lastIndexOf(OPENING, line.indexOf(RUN));
  return at > 0 ? formAt(line, at) : FOREIGN;
}

function formAt(line: Buffer, start: number): LineForm {
  if (!stands(OPENING, line, start)) return FOREIGN;
  const timeAt = start + OPENING.length;
  const unixMillis = millisAt(line, timeAt);
  const at = digitsEnd(line, timeAt + TIME_LENGTH);
  if (Number.isNaN(unixMillis) || !stands(TIME_END, line, at)) return FOREIGN;
  const kind = kindAt(line, at + TIME_END.length);
  return kind === 'foreign' ? FOREIGN : { kind, unixMillis };
}

function kindAt(line: Buffer, at: number): LineKind {
  if (stands(NUMBER, line, at)) {
    const end = digitsEnd(line, at + NUMBER.length);
    if (end === at + NUMBER.length || !stands(EVENT, line, end)) return 'foreign';
    return stands(VOID, line, end + EVENT.length) ? 'own' : 'event';
  }
  if (stands(LOG, line, at)) return stands(MARK, line, at + LOG.length) ? 'own' : 'log';
  return stands(CLOCK, line, at) ? 'clock' : 'foreign';
}

const TIME_LENGTH = '2026-11-29T02:10:00.123'.length;
const DASH = 0x2d;
const T = 0x54;
const COLON = 0x3a;
const POINT = 0x2e;
const DAY_MILLIS = 86_400_000;

/** NaN for what is no time. `Date.parse` would take many other forms. */
function millisAt(line: Buffer, at: number): number {
  if (
    line[at + 4] !== DASH ||
    line[at + 7] !== DASH ||
    line[at + 10] !== T ||
    line[at + 13] !== COLON ||
    line[at + 16] !== COLON ||
    line[at + 19] !== POINT
  )
    return Number.NaN;
  const [month, day] = [numberAt(line, at + 5, 2), numberAt(line, at + 8, 2)];
  const [hour, minute, second] = [numberAt(line, at + 11, 2), numberAt(line, at + 14, 2), numberAt(line, at + 17, 2)];
  const isTime = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 60;
  if (!isTime) return Number.NaN;
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1_000 + numberAt(line, at + 20, 3);
  return daysTo(numberAt(line, at, 4), month, day) * DAY_MILLIS + ofDay;
}

/** Days from 1970 on, in the Gregorian calendar, counted from 1 March of the year 0 on, so that the day of a leap year is the last one. */
function daysTo(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leaps = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leaps + Math.floor((153 * months + 2) / 5) + day - 1 - 719_468;
}

/** NaN where something else than so many digits stands. */
function numberAt(line: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) value = isDigit(line[i]) ? value * 10 + line[i]! - 0x30 : Number.NaN;
  return value;
}

function digitsEnd(line: Buffer, at: number): number {
  let end = at;
  while (isDigit(line[end])) end++;
  return end;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function stands(text: Buffer, line: Buffer, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (line[at + i] !== text[i]) return false;
  return true;
}
