/**
 * `hft-otel level get | set | reset`: the least level that a running process writes.
 */
import { ask } from '../../control/client.ts';
import { LEVELS_PATH, type LevelChange, type LevelsAnswer } from '../../control/protocol.ts';
import type { ControlSocket } from '../../control/sockets.ts';
import { LEVELS, readLevel } from '../../record.ts';
import { didYouMean } from '../../settings/suggestion.ts';
import { textOf } from '../arguments.ts';
import { type Command, UsageError, type Values } from '../command.ts';
import { PROCESS_OPTIONS, processOf } from '../control/processes.ts';
import { orRefused, REFUSED_CODE } from '../control/refused.ts';
import { paintFor } from '../paint.ts';
import { spanMillis } from '../records/moment.ts';
import { renderLevels } from './render.ts';

const COMMON = { ...PROCESS_OPTIONS, json: { type: 'boolean', help: 'print the rules as JSON' } } as const;

const NOTES = [
  'The process answers even while it is busy, and applies the change at its next log call. A rule of the program with the same or a shorter pattern gives way; a more specific one still wins. The program’s rules apply again when the level is removed.',
];

export const levelGetCommand: Command = {
  name: 'level get',
  summary: 'show the least level that the loggers of a running process write',
  options: COMMON,
  notes: [],
  exitCodes: REFUSED_CODE,
  run: (values) =>
    orRefused('level get', async () => {
      const socket = await processOf(values);
      return print(socket, await ask(socket.path, 'GET', LEVELS_PATH), values);
    }),
};

export const levelSetCommand: Command = {
  name: 'level set',
  summary: 'change the least level of loggers, for a while or until the process ends',
  operands: {
    placeholder: 'LEVEL [PATTERN]',
    help: 'the least level to write, and the loggers that it applies to (* stands for any characters; default: all loggers that no rule names)',
    least: 1,
    most: 2,
  },
  options: {
    for: {
      type: 'string',
      short: 'f',
      placeholder: 'TIME',
      help: 'remove the level again after this time, for example 30s, 5m, 2h; at most 7d',
    },
    ...COMMON,
  },
  notes: [...NOTES, "Example: hft-otel level set debug 'exchange.mexc.*' --for 5m"],
  exitCodes: REFUSED_CODE,
  run: (values, operands) =>
    orRefused('level set', async () => {
      const change = changeOf(values, operands);
      const socket = await processOf(values);
      return print(socket, await ask(socket.path, 'POST', LEVELS_PATH, change), values);
    }),
};

export const levelResetCommand: Command = {
  name: 'level reset',
  summary: 'remove the levels set by hft-otel level set',
  operands: { placeholder: 'PATTERN', help: 'remove only the level set for this pattern', least: 0, most: 1 },
  options: COMMON,
  notes: [],
  exitCodes: REFUSED_CODE,
  run: (values, [pattern]) =>
    orRefused('level reset', async () => {
      const socket = await processOf(values);
      const query = pattern === undefined ? '' : `?pattern=${encodeURIComponent(pattern)}`;
      return print(socket, await ask(socket.path, 'DELETE', LEVELS_PATH + query), values);
    }),
};

function changeOf(values: Values, [name, pattern]: readonly string[]): LevelChange {
  const level = readLevel(name);
  if (level === undefined)
    throw new UsageError(`${name} is no level: expected one of ${LEVELS.join(', ')}${didYouMean(name, LEVELS)}.`);
  const time = textOf(values, 'for');
  const forMillis = time === undefined ? undefined : spanMillis(time);
  if (time !== undefined && (forMillis === undefined || forMillis === 0))
    throw new UsageError(`--for ${time}: expected a time such as 30s, 5m or 2h.`);
  return { level, ...(pattern !== undefined && { pattern }), ...(forMillis !== undefined && { forMillis }) };
}

function print({ service, pid }: ControlSocket, answer: LevelsAnswer, values: Values): number {
  if (values.json) console.log(JSON.stringify({ service, pid, ...answer }));
  else console.log([`${service}, process ${pid}`, ...renderLevels(answer, Date.now(), paintFor(process.stdout))].join('\n'));
  return 0;
}
