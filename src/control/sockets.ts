/**
 * Where control sockets are: a directory for each user, a file for each process.
 *
 * ```
 *   <temporary directory>/hft-otel-<user id>/control/<service>-<process id>.sock      0700 / 0700 / 0600
 * ```
 */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeDirectoriesNow } from '../common/make-directories.ts';
import { ownUserId } from '../common/own-user.ts';

const DIRECTORY_MODE = 0o700;
export const SOCKET_MODE = 0o600;

const SOCKET_NAME = /^(.+)-(\d+)(?:\.\d+)?\.sock$/;

/** Longest name of a service in the name of its socket: the whole path has to fit into a `sockaddr_un`. */
const SERVICE_CHARACTERS = 40;

/** A process that is alive accepts a connection at once, also while it is busy: the kernel does it. */
const CONNECT_MILLIS = 2_000;

export function defaultControlDirectory(temporary = tmpdir(), userId = ownUserId()): string {
  return join(temporary, `hft-otel-${userId}`, 'control');
}

/** The path of a process's socket. `number`: 1 for its first instance. */
export function socketPath(directory: string, service: string, pid: number, number: number): string {
  const name = service.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, SERVICE_CHARACTERS);
  return join(directory, `${name}-${pid}${number === 1 ? '' : `.${number}`}.sock`);
}

export interface ControlSocket {
  readonly path: string;
  readonly service: string;
  readonly pid: number;
}

/** Those of a directory, of living and dead processes; none where there is no such directory, or another user's. */
export function socketsIn(directory: string): readonly ControlSocket[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names.sort().flatMap((name) => {
    const parts = SOCKET_NAME.exec(name);
    return parts === null ? [] : [{ path: join(directory, name), service: parts[1], pid: Number(parts[2]) }];
  });
}

/** Makes the directory if it is not there. Throws if another user could put something into it, or into its place. */
export function openControlDirectory(directory: string): void {
  makeDirectoriesNow(directory, DIRECTORY_MODE);
  // The default directory has a parent of ours. A user who may write to the parent could replace the directory.
  for (const each of [directory, ...(directory === defaultControlDirectory() ? [dirname(directory)] : [])]) {
    const facts = lstatSync(each);
    if (!facts.isDirectory()) throw new Error(`${each} is no directory.`);
    if (facts.uid !== ownUserId()) throw new Error(`${each} belongs to another user.`);
    if ((facts.mode & 0o077) !== 0) chmodSync(each, DIRECTORY_MODE);
  }
}

/** Whether a process listens at this path. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CONNECT_MILLIS, () => settle(false));
    socket.on('connect', () => settle(true));
    // EAGAIN: its queue of connections is full, so there is one.
    socket.on('error', ({ code }: NodeJS.ErrnoException) => settle(code === 'EAGAIN'));
  });
}
