/**
 * The command as a user starts it: a process of its own, in a directory of its own.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the output so far matches, that to standard error or the other. */
  seen(pattern: RegExp): Promise<void>;
  /** Closes our end of the pipe, as `head` does. */
  hangUp(): void;
}

export function start(words: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  return startProgram([process.execPath, MAIN, ...words], env);
}

export function startProgram([program, ...words]: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: _, NO_COLOR: __, FORCE_COLOR: ___, ...inherited } = process.env;
  const child = spawn(program, words, { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const check of waiting) check();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const check of waiting) check();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    pid: child.pid!,
    ended,
    kill: (signal) => void child.kill(signal),
    hangUp: () => child.stdout.destroy(),
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!pattern.test(stdout) && !pattern.test(stderr)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
        void ended.then(() => reject(new Error(`ended without ${pattern}:\n${stdout}\n${stderr}`)));
      }),
  };
}
