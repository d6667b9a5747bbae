/**
 * `hft-otel doctor` as a user starts it, and servers that it looks at.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import type { LoggingConfig } from '../../src/index.ts';
import { MAIN, startProgram } from '../demo/demo-process.ts';

export const tlsFile = (name: string) => join(import.meta.dirname, '../support/tls', name);

export interface DoctorRun {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  readonly faults: readonly Finding[];
}

export interface DoctorOptions {
  /** Of the doctor. */
  readonly words?: readonly string[];
  /** A command that runs the doctor's: as another user, for example. */
  readonly under?: readonly string[];
}

/** A configuration in which nothing is wrong, with files in `folder`. */
export function healthyBackends(folder: string) {
  return {
    file: { path: join(folder, 'app.jsonl') },
    audit: { path: join(folder, 'audit.jsonl') },
    prometheus: { enabled: false },
  } as const;
}

/** `folder`: of the configuration and its files; made if it is not there. */
export async function runDoctor(folder: string, config: LoggingConfig, options: DoctorOptions = {}): Promise<DoctorRun> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify({ ...config, backends: { ...healthyBackends(folder), ...config.backends } }));
  const { words = [], under = [] } = options;
  const command = [...under, process.execPath, MAIN, 'doctor', '--config', path, '--json', ...words];
  const { code, stdout, stderr } = await startProgram(command).ended;
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return { code, findings, faults: findings.filter(({ status }) => status === 'fault') };
}

export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Listens on a free port of this machine, until it is disposed of. */
export async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export function serve(listener: RequestListener, { tls = false } = {}): Promise<Listening> {
  const keys = { key: readFileSync(tlsFile('server-key.pem')), cert: readFileSync(tlsFile('server.pem')) };
  return listen(tls ? createTlsServer(keys, listener) : createServer(listener));
}

export const isRoot = process.getuid?.() === 0;

/** A command that runs a command as root without root's right to write everywhere; nothing as any other user, who has no such right. */
export const WITHOUT_CAPABILITIES: readonly string[] = isRoot ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];

/** A command that runs a command beside which `folder` is a file system of 8 KiB. It alone sees it, and nothing is left behind. */
export function withFullDisk(folder: string): readonly string[] {
  const mount = 'mount -t tmpfs -o size=8k hft-otel-test "$0" && exec "$@"';
  return ['unshare', ...(isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount']), 'sh', '-c', mount, folder];
}

/** Whether a command can be run under another one on this machine. */
export function canRunUnder([command, ...words]: readonly string[]): boolean {
  return command === undefined || spawnSync(command, [...words, 'true'], { stdio: 'ignore' }).status === 0;
}
