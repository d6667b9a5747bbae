// Runs one build command: at low priority, its lines counted as progress, its last lines kept for the error message.

import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';

/** Nice 10: a build of minutes must not slow down what else the machine does. */
const BUILD_PRIORITY = 10;
const KEPT_LINES = 30;

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called for each line of standard error. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program to its end and answers what it wrote to standard output.
 * @throws Error naming the missing program and how to get it, or holding the program's last 30 lines when it failed.
 */
export function run(program: string, args: readonly string[], { cwd, env, onLine }: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    const lastLines: string[] = [];
    child.on('spawn', () => {
      try {
        setPriority(child.pid!, BUILD_PRIORITY);
      } catch {
        // It has ended already, or the system forbids it: priority is a courtesy.
      }
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > KEPT_LINES) lastLines.shift();
      onLine?.(line);
    });
    child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new Error(missing(program)) : error));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output.join(''));
      else {
        // Maven, for one, reports its errors on standard output.
        const said = lastLines.length > 0 ? lastLines : output.join('').trimEnd().split('\n').slice(-KEPT_LINES);
        reject(new Error(`${program} ${args.join(' ')} ended with ${signal ?? `code ${code}`}:\n${said.join('\n')}`));
      }
    });
  });
}

const REMEDIES: Record<string, string> = {
  go: 'Install Go 1.26.5 or later (https://go.dev/dl/) and put it on the PATH.',
  'apt-get': "This step takes Debian's package. Elsewhere put a prometheus-pushgateway executable on the PATH.",
  mvn: 'Install Maven and Java 17 or later (Debian: apt-get install maven openjdk-17-jre-headless).',
  java: 'Install Java 17 or later (Debian: apt-get install openjdk-17-jre-headless).',
  openssl: 'Install OpenSSL (Debian: apt-get install openssl).',
};

export function missing(program: string): string {
  return `${program} was not found on the PATH. ${REMEDIES[program] ?? `Install ${program}.`}`;
}
