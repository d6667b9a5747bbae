/** What the tests of file sinks share: places to write to, and a line as the delivery engine hands it over. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Job, Report } from './write-lines.child.ts';

/** A directory of its own, removed by the function beside it. */
export function scratch(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'hft-otel-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}

/** A small file system of its own. Undefined, with the reason printed, where mounting is not permitted. */
export function smallDisk(
  bytes: number,
  extra = '',
): { readonly path: string; remount(options: string): void; remove(): void } | undefined {
  const directory = scratch();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}${extra}`, 'hft-otel-test', directory.path], { stdio: 'pipe' });
  } catch (error) {
    directory.remove();
    console.warn(`skipped: cannot mount a small tmpfs here (${String((error as Error).message).split('\n')[0]})`);
    return undefined;
  }
  return {
    path: directory.path,
    remount: (options) => void execFileSync('mount', ['-o', `remount,${options}`, directory.path], { stdio: 'pipe' }),
    remove: () => {
      execFileSync('umount', ['-l', directory.path], { stdio: 'pipe' });
      directory.remove();
    },
  };
}

/** The program of {@link runJob}. */
export const CHILD = fileURLToPath(new URL('./write-lines.child.ts', import.meta.url));

/** Runs {@link Job} in a process of its own, behind `before` (a command that runs a command), and hands back its report. */
export async function runJob(
  job: Job,
  before: readonly string[] = [],
  {
    program = { node: process.execPath, file: CHILD },
    onSpawn,
  }: { readonly program?: { readonly node: string; readonly file: string }; readonly onSpawn?: () => void } = {},
): Promise<Report> {
  const [command, ...rest] = [...before, program.node, program.file, JSON.stringify(job)];
  const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.once('spawn', () => onSpawn?.());
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    return JSON.parse(output) as Report;
  } catch {
    throw new Error(`the child did not report: ${output}${errors}`);
  }
}

/** Whether a command can be run here. */
export function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** Taken = delivered + dropped, to the record. */
export function expectClosedAccount({ account }: Report): void {
  const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
  expect(account.counts.delivered + dropped).toBe(account.counts.taken);
}

/** Lines of `tag` among `text`, as numbers in the order found; throws at a line that is not whole. */
export function numbersOf(tag: string, text: string): number[] {
  expect(text === '' || text.endsWith('\n')).toBe(true);
  const numbers: number[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const match = /^(\w+) (\d+) (x*)$/.exec(line);
    expect(match, `not a whole line: ${line.slice(0, 200)}`).not.toBeNull();
    expect(match![3]).toHaveLength(Number(match![2]) % 97);
    if (match![1] === tag) numbers.push(Number(match![2]));
  }
  return numbers;
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Exit code of a command that says nothing we need. */
export function spawnCode(command: readonly string[]): number | null {
  return spawnSync(command[0]!, command.slice(1), { stdio: 'ignore' }).status;
}
