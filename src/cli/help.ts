/**
 * Help, made from the commands' own declarations.
 */
import { COMMON_OPTIONS, type Command, type OptionSpecs } from './command.ts';
import type { Paint } from './paint.ts';

export function generalHelp(commands: readonly Command[], version: string, paint: Paint): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `${paint('bold', 'hft-otel')} ${version}   logs, metrics, timers and audit over OpenTelemetry; a call writes a few bytes and returns`,
    '',
    paint('bold', 'Commands'),
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`),
    '',
    `hft-otel ${paint('dim', 'COMMAND')} --help says more about one.`,
  ].join('\n');
}

export function commandHelp({ name, summary, notes, options }: Command, paint: Paint): string {
  const rows = Object.entries({ ...options, ...COMMON_OPTIONS } satisfies OptionSpecs).map(
    ([option, { short, placeholder, help }]) => ({
      left: `${short === undefined ? '    ' : `-${short}, `}--${option}${placeholder === undefined ? '' : ` ${placeholder}`}`,
      help,
    }),
  );
  const width = Math.max(...rows.map(({ left }) => left.length));
  return [
    `${paint('bold', `hft-otel ${name}`)} ${paint('dim', '[options]')}   ${summary}`,
    '',
    paint('bold', 'Options'),
    ...rows.map(({ left, help }) => `  ${left.padEnd(width)}   ${help}`),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ].join('\n');
}
