/**
 * Assigns lines of an audit file to runs. Writer and verifier both use this, so they agree on any bytes, also on a line that was cut or joined to another one.
 *
 * Each line has `,"run":"…"` in front of any text of a user's that could hold the same bytes: in texts, quotes are escaped. The first occurrence decides.
 */
import { jsonText } from '../../encoders/json/text.ts';

export const NEWLINE = 10;

const RUN_MEMBER = Buffer.from(',"run":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A longer line belongs to no run. No record of ours becomes as long as that (docs/values.md has the limits). */
export const MAX_LINE_BYTES = 4_194_304;

/** The member `run` in lines of a run, from its comma to its closing quote. */
export function runMark(run: string): Buffer {
  return Buffer.from(`,"run":${jsonText(run)}`);
}

/** Whether the line is one of the run with this mark. */
export function isOfRun(line: Buffer, mark: Buffer): boolean {
  if (line.length > MAX_LINE_BYTES) return false;
  const at = line.indexOf(RUN_MEMBER);
  return at >= 0 && line.length >= at + mark.length && line.compare(mark, 0, mark.length, at, at + mark.length) === 0;
}

/** The mark of the line's run, as {@link runMark} gives it; undefined for a line that has none. A view of the line. */
export function markOf(line: Buffer): Buffer | undefined {
  if (line.length > MAX_LINE_BYTES) return undefined;
  const at = line.indexOf(RUN_MEMBER);
  if (at < 0) return undefined;
  for (let end = line.indexOf(QUOTE, at + RUN_MEMBER.length); end >= 0; end = line.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (line[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return line.subarray(at, end + 1);
  }
  return undefined;
}

const AUDIT_NUMBER = Buffer.from(',"audit_seq":');

/** The event's number; undefined for a line that has none. */
export function auditNumberOf(line: Buffer): number | undefined {
  const at = line.indexOf(AUDIT_NUMBER);
  // It stands behind the time, before anything of a user's.
  if (at < 0 || at > 50) return undefined;
  let value = 0;
  let digits = 0;
  for (let i = at + AUDIT_NUMBER.length; line[i]! >= 0x30 && line[i]! <= 0x39 && digits < 16; i++, digits++)
    value = value * 10 + line[i]! - 0x30;
  return digits === 0 ? undefined : value;
}

const TIME_AT = '{"time":"'.length;
const TIME_LENGTH = '2026-11-29T02:10:00.123'.length;

/** Of a line of ours, to the millisecond; of others whatever stands there. */
export function timeOf(line: Buffer): string {
  return `${line.toString('latin1', TIME_AT, TIME_AT + TIME_LENGTH)}Z`;
}
