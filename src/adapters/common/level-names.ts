/**
 * Levels that other loggers have, known by their names or by their positions → severities of OpenTelemetry.
 */
import type { Severity } from '../../intake/intake.ts';
import { readLevel, severityNumberOfName } from '../../record.ts';

/** Severity of a level of this name, which is kept as the record's severity text unless it is the name of one of our levels. Undefined for an unknown name. */
export function severityOfName(name: string): Severity | undefined {
  const number = severityNumberOfName(name);
  if (number === undefined) return undefined;
  return readLevel(name) === undefined ? { number, text: name.toUpperCase() } : { number };
}

/**
 * Severity of a level by its position: `position` 0 is the least severe of `count`. Spread over OpenTelemetry's numbers from debug to error,
 * because what a program calls its own is seldom less than debugging or more than an error.
 */
export function severityOfPosition(name: string, position: number, count: number): Severity {
  const [least, most] = [severityNumberOfName('debug')!, severityNumberOfName('error')!];
  const share = count > 1 ? position / (count - 1) : 0.5;
  return { number: Math.round(least + share * (most - least)), text: name.toUpperCase() };
}
