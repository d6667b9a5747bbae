/**
 * Programs of a test as processes of their own: what an exit, a signal or a crash does can be seen only from outside.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A program takes a second or two; started by many at once, beside others' work, half a minute. */
const PROGRAM_MILLIS = 60_000;

export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMillis: number;
}

/** Runs `test/process/programs/<name>`, or a file named by its whole path, under this Node. Killed, and so failing its test, after `timeoutMillis`. */
export function runProgram(
  name: string,
  args: readonly string[] = [],
  {
    timeoutMillis = PROGRAM_MILLIS,
    execArgv = [] as readonly string[],
    env = {} as NodeJS.ProcessEnv,
    cwd = process.cwd(),
    onStart = (_pid: number) => {},
  } = {},
): Promise<ChildResult> {
  const file = resolve(import.meta.dirname, '../process/programs', name);
  const started = performance.now();
  const child = spawn(process.execPath, [...execArgv, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
    env: { ...process.env, ...env },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMillis);
  onStart(child.pid!);
  return new Promise((settle) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      settle({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        elapsedMillis: performance.now() - started,
      });
    });
  });
}

/** Runs a program by its whole path whose standard output nobody reads until it says `word` on stderr. Killed, and so failing its test, after {@link PROGRAM_MILLIS}. */
export async function runReading(
  file: string,
  options: object,
  word: string,
): Promise<Pick<ChildResult, 'code' | 'stdout' | 'stderr'>> {
  const child = spawn(process.execPath, [file, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), PROGRAM_MILLIS);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk) => {
    const isReading = stderr.includes(word);
    stderr += chunk;
    if (isReading || !stderr.includes(word)) return;
    child.stdout.on('data', (more) => {
      stdout += more;
    });
  });
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  return { code, stdout, stderr };
}

/** A folder that is deleted when the test is over. */
export function temporaryFolder(below: string = tmpdir()): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(below, 'hft-otel-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Every line of the files whose names start with `prefix`, but for checkpoints of the audit trail, parsed. Throws on a line that is not JSON. */
export function jsonLinesIn(folder: string, prefix: string): Record<string, unknown>[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && !name.endsWith('.checkpoints'))
    .sort()
    .flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
}
