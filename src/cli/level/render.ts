/**
 * Level rules for people.
 */
import type { LevelsAnswer } from '../../control/protocol.ts';
import type { Paint } from '../paint.ts';

/** Shown in place of the pattern of loggers that no rule names. */
const ANY_OTHER = '(all others)';

export function renderLevels({ level, levels, overrides }: LevelsAnswer, nowMillis: number, paint: Paint): string[] {
  const rules = [[ANY_OTHER, level], ...Object.entries(levels)];
  const set = overrides.map(({ pattern = ANY_OTHER, level: name, untilUnixMillis }) => [
    pattern,
    name,
    untilUnixMillis === undefined ? 'until the process ends' : `for ${spanText(untilUnixMillis - nowMillis)} more`,
  ]);
  const width = Math.max(...[...rules, ...set].map(([pattern]) => pattern.length));
  const line = ([pattern, name, until = '']: readonly string[]) =>
    `  ${pattern.padEnd(width)}   ${name.padEnd(7)}   ${paint('dim', until)}`.trimEnd();
  return [
    paint('bold', 'Levels of the program'),
    ...rules.map(line),
    ...(set.length === 0 ? [] : [paint('bold', 'Set over them'), ...set.map(line)]),
  ];
}

/** `4m 58s` */
function spanText(millis: number): string {
  const seconds = Math.max(0, Math.round(millis / 1_000));
  const parts = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  const [hours, minutes, rest] = parts;
  return [hours > 0 ? `${hours}h` : '', minutes > 0 ? `${minutes}m` : '', rest > 0 || seconds === 0 ? `${rest}s` : '']
    .filter((part) => part !== '')
    .join(' ');
}
