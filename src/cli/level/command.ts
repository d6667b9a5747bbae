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

const COMMON = { ...PROCESS_OPTIONS, json: { type: 'boolean', help: 'the rules as JSON' } } as const;

const NOTES = [
  'The process answers while it is busy, and applies the change at its next log call. A level that is set overrides the program’s own rules, which apply again afterwards.',
];

export const levelGetCommand: Command = {
  name: 'level get',
  summary: 'the least level that the loggers of a running process write',
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
  summary: 'changes it, for a while or until the process ends',
  operands: {
    placeholder: 'LEVEL [PATTERN]',
    help: 'the least level that is written, and by which loggers (* stands for any characters; default: all that no rule names)',
    least: 1,
    most: 2,
  },
  options: {
    for: { type: 'string', short: 'f', placeholder: 'TIME', help: 'removes it after 30s, 5m, 2h, at most 7d' },
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
  summary: 'removes levels that level set has set',
  operands: { placeholder: 'PATTERN', help: 'of this pattern only', least: 0, most: 1 },
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
