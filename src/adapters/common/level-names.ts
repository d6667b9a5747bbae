/**
 * Names of levels that other loggers have → OpenTelemetry's severity numbers. Those of npm, of syslog and of command lines are as OpenTelemetry's own
 * transport for winston has them, so that a team that comes from it finds its records where they were.
 */
import type { Severity } from '../../intake/intake.ts';
import { LEVEL_FACTS, readLevel } from '../../record.ts';

const NUMBERS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(LEVEL_FACTS.map(({ name, severityNumber }) => [name, severityNumber])),
  // npm
  http: 7,
  verbose: 6,
  silly: 1,
  // syslog (logs data model, appendix B)
  emerg: 23,
  emergency: 23,
  alert: 22,
  crit: 21,
  critical: 21,
  notice: 10,
  // command lines
  help: 11,
  data: 10,
  prompt: 4,
  input: 2,
  // usual elsewhere
  err: 17,
  success: 10,
  log: 9,
};

/** Severity of a level of this name, which is kept as the record's severity text unless it is the name of one of our levels. Undefined for an unknown name. */
export function severityOfName(name: string): Severity | undefined {
  const level = readLevel(name);
  const word = level ?? name.toLowerCase();
  if (!Object.hasOwn(NUMBERS, word)) return undefined;
  return level === undefined ? { number: NUMBERS[word], text: name.toUpperCase() } : { number: NUMBERS[word] };
}

/**
 * Severity of a level by its position: `position` 0 is the least severe of `count`. Spread over OpenTelemetry's numbers from debug to error,
 * because what a program calls its own is seldom less than debugging or more than an error.
 */
export function severityOfPosition(name: string, position: number, count: number): Severity {
  const least = NUMBERS.debug;
  const most = NUMBERS.error;
  const share = count > 1 ? position / (count - 1) : 0.5;
  return { number: Math.round(least + share * (most - least)), text: name.toUpperCase() };
}
