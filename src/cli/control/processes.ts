/**
 * Finds the running processes of a command: those whose control sockets answer, filtered by options.
 */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownUserId } from '../../common/own-user.ts';
import { type ControlSocket, defaultControlDirectory, isListening, socketsIn } from '../../control/sockets.ts';
import { numberOf, textOf } from '../arguments.ts';
import { type OptionSpecs, UsageError, type Values } from '../command.ts';

export const PROCESS_OPTIONS: OptionSpecs = {
  service: { type: 'string', placeholder: 'NAME', help: 'choose the process of this service' },
  pid: { type: 'string', short: 'p', placeholder: 'N', help: 'choose the process with this id' },
  directory: {
    type: 'string',
    placeholder: 'PATH',
    help: 'folder of the control sockets (default: HFT_CONTROL_DIRECTORY, or the default of control.directory)',
  },
};

const MAX_PID = 2 ** 31 - 1;

/** Root may look into the processes of every user. */
const USERS_DIRECTORY = /^hft-otel-\d+$/;

/** Processes that are alive and answer to the options, in the order of their names. */
async function processesOf(values: Values): Promise<readonly ControlSocket[]> {
  const service = textOf(values, 'service');
  const pid = values.pid === undefined ? undefined : numberOf(values, 'pid', 0, { least: 1, most: MAX_PID, whole: true });
  const meant = directoriesOf(values)
    .flatMap(socketsIn)
    .filter((socket) => (service === undefined || socket.service === service) && (pid === undefined || socket.pid === pid));
  const alive = await Promise.all(meant.map(async (socket) => ((await isListening(socket.path)) ? [socket] : [])));
  return alive.flat();
}

/** The one process that matches. Throws {@link UsageError} when there is none, or more than one. */
export async function processOf(values: Values): Promise<ControlSocket> {
  const found = await processesOf(values);
  if (found.length === 1) return found[0];
  if (found.length === 0) {
    throw new UsageError(
      `No running process answers in ${directoriesOf(values).join(', ')}. Is \`control.enabled\` on there (both presets have it), and is this its user?`,
    );
  }
  const list = found.map((each) => `  --service ${each.service} --pid ${each.pid}`).join('\n');
  throw new UsageError(`There are ${found.length} processes. Name one:\n${list}`);
}

function directoriesOf(values: Values): readonly string[] {
  const given = textOf(values, 'directory') ?? process.env.HFT_CONTROL_DIRECTORY;
  if (given !== undefined && given !== '') return [given];
  const temporary = [...new Set([tmpdir(), '/tmp'])];
  const others = ownUserId() === 0 ? temporary.flatMap(usersIn) : [];
  return [...new Set([...temporary.map((each) => defaultControlDirectory(each)), ...others])];
}

function usersIn(temporary: string): string[] {
  try {
    return readdirSync(temporary)
      .filter((name) => USERS_DIRECTORY.test(name))
      .map((name) => join(temporary, name, 'control'));
  } catch {
    return [];
  }
}
