/**
 * pino's level numbers ↔ severities. Its six levels are ours; a level of the user's own has the severity that its name is known for, else the one that stands
 * where its number stands between pino's.
 */
import type { Severity } from '../../intake/intake.ts';
import { SEVERITY_NUMBERS } from '../../record.ts';
import { severityOfName } from '../common/level-names.ts';

/** pino's own levels by name. */
export const PINO_LEVELS: Readonly<Record<string, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/**
 * Whether a number has the name that pino gives it. A table of the user's own may give pino's numbers to other levels (syslog's has `info` for 20), or another
 * name to the same level.
 */
export function isPinosOwn(value: unknown, label: string | undefined): boolean {
  return label !== undefined && Object.hasOwn(PINO_LEVELS, label) && PINO_LEVELS[label] === value;
}

/** The level that disables all records. */
export const SILENT = 'silent';

const FIRST = 10;
const STEP = 10;
const HIGHEST_SEVERITY = 24;

/** `label`: the level's name, where it is known. */
export function severityOfPinoLevel(value: unknown, label?: string): Severity {
  const number = Number(value);
  const named = label === undefined ? undefined : severityOfName(label);
  if (named !== undefined) return named;
  const place = (number - FIRST) / STEP;
  const text = label === undefined ? undefined : label.toUpperCase();
  if (Number.isInteger(place) && place >= 0 && place < SEVERITY_NUMBERS.length) return { number: SEVERITY_NUMBERS[place], text };
  if (!Number.isFinite(number)) return { number: 0, text: text ?? String(value).toUpperCase() };
  const below = Math.min(Math.max(Math.floor(place), 0), SEVERITY_NUMBERS.length - 1);
  const share = Math.min(Math.max(place - below, 0), 1);
  // Four numbers to a level: 35 is the third of them behind info.
  return { number: Math.min(SEVERITY_NUMBERS[below] + Math.floor(share * 4), HIGHEST_SEVERITY), text };
}
