/**
 * Help, made from the commands' own declarations.
 */
import { COMMON_OPTIONS, type Command, type CommandEntry, type OptionSpecs } from './command.ts';
import type { Paint } from './paint.ts';

export function generalHelp(commands: readonly CommandEntry[], version: string, paint: Paint): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `${paint('bold', 'hft-otel')} ${version}   logs, metrics, timers and audit over OpenTelemetry; a call writes a few bytes and returns`,
    '',
    paint('bold', 'Commands'),
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`),
    '',
    `hft-otel ${paint('dim', 'COMMAND')} --help shows the options of one.`,
  ].join('\n');
}

export function commandHelp({ name, summary, notes, options, operands, exitCodes = {} }: Command, paint: Paint): string {
  const rows = Object.entries({ ...options, ...COMMON_OPTIONS } satisfies OptionSpecs).map(
    ([option, { short, placeholder, help }]) => ({
      left: `${short === undefined ? '    ' : `-${short}, `}--${option}${placeholder === undefined ? '' : ` ${placeholder}`}`,
      help,
    }),
  );
  const width = Math.max(...rows.map(({ left }) => left.length));
  const words = [
    '[options]',
    ...(operands === undefined ? [] : [operands.least === 0 ? `[${operands.placeholder}]` : operands.placeholder]),
  ];
  const codes = Object.entries(exitCodes);
  return [
    `${paint('bold', `hft-otel ${name}`)} ${paint('dim', words.join(' '))}   ${summary}`,
    '',
    ...(operands === undefined ? [] : [`${operands.placeholder}: ${operands.help}`, '']),
    paint('bold', 'Options'),
    ...rows.map(({ left, help }) => `  ${left.padEnd(width)}   ${help}`),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...(codes.length === 0
      ? []
      : ['', paint('bold', 'Exit codes'), ...codes.map(([code, meaning]) => `  ${code.padEnd(3)} ${meaning}`)]),
  ].join('\n');
}
