// One server process: started with its output in a file, waited for until it answers, stopped by its own id.
// A server never outlives the program that started it, however that program ends.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_DEADLINE_MILLIS = 60_000;
const READY_POLL_MILLIS = 100;
/** Between SIGTERM and SIGKILL. Loki writes its chunks to disk on SIGTERM, which takes seconds. */
const STOP_DEADLINE_MILLIS = 20_000;
const LOG_TAIL_BYTES = 3_000;

export interface ServerSpec {
  /** For messages, and the name of the log file. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard output and error go here, appended. */
  readonly logPath: string;
  /** The server is ready when this address answers 2xx, or this function true. */
  readonly ready: string | (() => Promise<boolean>);
}

export interface RunningServer {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  /** True until the process has ended, for whatever reason. */
  isRunning(): boolean;
  /** SIGTERM, then SIGKILL after 20 s. Resolves when it has ended; at once if it had. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash looks like. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a server and waits until it is ready.
 * @throws Error with the end of its log, when it ends or is not ready within 60 s; nothing is left running then.
 */
export async function startServer(spec: ServerSpec): Promise<RunningServer> {
  mkdirSync(dirname(spec.logPath), { recursive: true });
  const log = openSync(spec.logPath, 'a');
  const [program, args] = dyingWithParent(spec.program, spec.args);
  const child = spawn(program, args, {
    cwd: spec.cwd,
    env: { ...process.env, ...spec.env },
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C at a terminal is for the program that started it, which stops senders before receivers.
    detached: true,
  });
  closeSync(log);
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => {
    running.delete(child);
  });

  const isRunning = () => running.has(child);
  const endWith = async (signal: NodeJS.Signals) => {
    if (isRunning()) child.kill(signal);
    await ended;
  };
  const server: RunningServer = {
    name: spec.name,
    pid: child.pid ?? -1,
    logPath: spec.logPath,
    isRunning,
    kill: () => endWith('SIGKILL'),
    async stop() {
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MILLIS);
      await endWith('SIGTERM').finally(() => clearTimeout(deadline));
    },
  };

  const deadline = Date.now() + READY_DEADLINE_MILLIS;
  const isReady = typeof spec.ready === 'string' ? answers.bind(undefined, spec.ready) : spec.ready;
  while (!(await isReady())) {
    const late = Date.now() > deadline;
    if (!late && isRunning()) {
      await sleep(READY_POLL_MILLIS);
      continue;
    }
    await server.kill();
    throw new Error(
      `${spec.name} ${late ? 'was not ready within 60 s' : 'ended at its start'}. The end of ${spec.logPath}:\n${tail(spec.logPath)}`,
    );
  }
  return server;
}

/** Runs a server's own check command to its end. Answers its exit code and everything it wrote. */
export function runCheck(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
  input = '',
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    // It may end before it has read all of it.
    child.stdin.on('error', () => {}).end(input);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}

/** Whether a process of this id runs, whoever's it is. */
export function isProcessRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, and is another user's
  }
}

/**
 * Below the ports that the system gives to outgoing connections (Linux: from 32768 on). One of those may be taken by any connection between the moment it was found
 * free and the start of its server.
 */
const FIRST_PORT = 10_000;
const PORTS = 22_000;
const handedOut = new Set<number>();

/** Ports of 127.0.0.1 that were free a moment ago, all different, and different from those of earlier calls. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  // Processes that look for ports at the same time begin at different ones.
  let offset = randomInt(PORTS);
  while (ports.length < count) {
    if (handedOut.size >= PORTS) throw new Error(`No ${count} free ports on 127.0.0.1 from ${FIRST_PORT} on.`);
    const port = FIRST_PORT + (offset++ % PORTS);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isPortFree(port)) ports.push(port);
  }
  return ports;
}

export async function isPortFree(port: number): Promise<boolean> {
  const listener = await listen(port).catch(() => undefined);
  if (listener === undefined) return false;
  await new Promise((resolve) => listener.close(resolve));
  return true;
}

function listen(port: number) {
  return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Where the system has setpriv (Linux), the kernel ends the server with its parent, even when that is killed with SIGKILL. */
function dyingWithParent(program: string, args: readonly string[]): [string, readonly string[]] {
  const setpriv = '/usr/bin/setpriv';
  return existsSync(setpriv) ? [setpriv, ['--pdeathsig', 'SIGKILL', '--', program, ...args]] : [program, args];
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

function tail(path: string): string {
  return readFileSync(path, 'utf8').slice(-LOG_TAIL_BYTES);
}
