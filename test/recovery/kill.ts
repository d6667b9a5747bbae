/**
 * Kills a program at some moment, lets the next start of its service recover what it has left, and takes account: what was called and had returned by then,
 * by the program's own count, against what stands in the files.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KilledOptions } from './programs/killed.ts';

export interface Killing extends Omit<KilledOptions, 'folder' | 'directory'> {
  readonly folder: string;
  /** Default: below `folder`. */
  readonly directory?: string;
  /** From ready to the signal. */
  readonly afterMillis: number;
  /** It is not killed before this. */
  readonly until?: () => boolean;
  readonly signal?: NodeJS.Signals;
  /** Times that a recovery is killed before one is let through, each after so many milliseconds. */
  readonly recoveriesKilledAfter?: readonly number[];
  /** The same as `shell`, for a recovery before the one that is let through; it is expected to be killed by it. */
  readonly recoveryShell?: string;
  /** Called when the program has been killed. */
  readonly beforeRecovery?: () => Promise<void>;
  /** Options of Node. */
  readonly execArgv?: readonly string[];
  /** A command of the shell that is run in front of the program, in its process. */
  readonly shell?: string;
}

export interface Account {
  /** By the program's own count. */
  readonly called: { readonly logs: number; readonly audits: number };
  /** Calls of whose record neither a line nor a mark of losses tells. */
  readonly missing: { readonly logs: number; readonly audits: number };
  /** Losses that marks tell of beyond the calls without a line: of calls under way in each thread, and of batches that were being refused. */
  readonly excess: number;
  /** Lines of one record beyond the first. */
  readonly twice: number;
  /** Records that were lost before the kill, as the marks say: the ring was full. */
  readonly marked: number;
  /** Lines that are no JSON. */
  readonly torn: number;
  /** Audit numbers that no line has, below the greatest one. */
  readonly gaps: number;
  /** Records more than calls that had returned: at most the one that was under way in each thread. */
  readonly ahead: number;
  readonly recovered: Record<string, number | boolean>;
  /** Folders that are left. */
  readonly left: readonly string[];
}

const program = (name: string) => resolve(import.meta.dirname, 'programs', name);

export function start(name: string, options: object, execArgv: readonly string[] = [], shell?: string): ChildProcess {
  const env = { ...process.env, HFT_PERSISTENCE: 'true' };
  const command = [process.execPath, ...execArgv, program(name), JSON.stringify(options)];
  const [file, ...args] = shell === undefined ? command : ['sh', '-c', `${shell} && exec "$@"`, 'sh', ...command];
  return spawn(file!, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
}

/** Everything a child says, when it has ended. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

/** Leaves a dead run. */
export async function killOnly(killing: Omit<Killing, 'recoveriesKilledAfter'>): Promise<void> {
  const { folder, directory = join(folder, 'runs'), threads, afterMillis, signal = 'SIGKILL', execArgv, shell } = killing;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'counts'), Buffer.alloc(threads * 16));
  const child = start('killed.ts', { ...killing, folder, directory }, execArgv, shell);
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout!, 'data'), ended]);
  if (killing.ending === undefined) {
    await sleep(afterMillis);
    while (killing.until?.() === false) await sleep(20);
    child.kill(signal);
  }
  await ended;
}

export async function killAndRecover(killing: Killing): Promise<Account> {
  const { folder, directory = join(folder, 'runs'), threads, recoveriesKilledAfter = [], recoveryShell } = killing;
  const { rotateBytes, endpoint } = killing;
  const recovering = { folder, directory, rotateBytes, endpoint };
  await killOnly(killing);
  await killing.beforeRecovery?.();
  for (const millis of recoveriesKilledAfter) {
    const recovery = start('recovering.ts', recovering);
    await once(recovery.stdout!, 'data');
    await sleep(millis);
    recovery.kill('SIGKILL');
    await once(recovery, 'close');
  }
  if (recoveryShell !== undefined) await outputOf(start('recovering.ts', recovering, [], recoveryShell));
  const said = await outputOf(start('recovering.ts', recovering));
  return accountOf(folder, directory, threads, JSON.parse(said.trim().split('\n').at(-1)!));
}

/** The calls of each thread that have returned. */
export function countsOf(folder: string, threads: number): readonly { readonly logged: number; readonly audited: number }[] {
  const bytes = readFileSync(join(folder, 'counts'));
  const counts = new Float64Array(bytes.buffer, bytes.byteOffset, threads * 2);
  return Array.from({ length: threads }, (_, thread) => ({ logged: counts[thread * 2]!, audited: counts[thread * 2 + 1]! }));
}

export function accountOf(folder: string, directory: string, threads: number, recovered: Account['recovered']): Account {
  const logs = seenIn(folder, 'app', 'quote');
  const audits = seenIn(folder, 'audit', 'order_placed');
  let [missingLogs, missingAudits, ahead] = [0, 0, 0];
  let called = { logs: 0, audits: 0 };
  for (const [thread, { logged, audited }] of countsOf(folder, threads).entries()) {
    called = { logs: called.logs + logged, audits: called.audits + audited };
    missingLogs += missingIn(logs.seen.get(thread), logged);
    missingAudits += missingIn(audits.seen.get(thread), audited);
    ahead = Math.max(ahead, beyond(logs.seen.get(thread), logged), beyond(audits.seen.get(thread), audited));
  }
  const numbers = [...audits.numbers];
  return {
    called,
    // A call whose record was lost may have been counted as lost, and not have returned.
    missing: { logs: Math.max(0, missingLogs - logs.marked), audits: missingAudits },
    excess: Math.max(0, logs.marked - missingLogs),
    twice: logs.twice + audits.twice,
    marked: logs.marked,
    torn: logs.torn + audits.torn,
    gaps: numbers.reduce((most, number) => Math.max(most, number), 0) - numbers.length,
    ahead,
    recovered,
    left: foldersIn(directory),
  };
}

/** A process that was killed while it made its run leaves a folder without a table. The next start leaves it alone for a minute: another process may be making it. */
function foldersIn(directory: string): readonly string[] {
  const folders = existsSync(directory) ? readdirSync(directory) : [];
  return folders.filter((name) => readdirSync(join(directory, name)).some((file) => file !== 'run.new'));
}

function missingIn(seen: ReadonlySet<number> = new Set(), count: number): number {
  let missing = 0;
  for (let n = 0; n < count; n++) if (!seen.has(n)) missing++;
  return missing;
}

function beyond(seen: ReadonlySet<number> = new Set(), count: number): number {
  let more = 0;
  for (let n = count; seen.has(n); n++) more++;
  return more;
}

interface Line {
  readonly time: string;
  readonly msg?: string;
  readonly event?: string;
  readonly thread?: number;
  readonly n?: number;
  readonly lost?: number;
  readonly seq?: number;
  readonly audit_seq?: number;
}

/** What stands in a file of the one run that was killed, and in those that were rotated away. The next run's own lines have other messages. */
function seenIn(folder: string, file: string, name: string) {
  const seen = new Map<number, Set<number>>();
  const numbers = new Set<number>();
  const marks = new Map<string, number>();
  let [twice, torn] = [0, 0];
  // A program that was killed in its start has written nothing.
  const files = readdirSync(folder).filter((entry) => entry.startsWith(file) && entry.endsWith('.jsonl'));
  for (const text of files.flatMap((entry) => readFileSync(join(folder, entry), 'utf8').split('\n'))) {
    if (text === '') continue;
    let line: Line;
    try {
      line = JSON.parse(text);
    } catch {
      torn++;
      continue;
    }
    if (line.audit_seq !== undefined) numbers.add(line.audit_seq);
    // A mark may come twice, as a record may.
    if (line.lost !== undefined) marks.set(`${line.time} ${line.seq}`, line.lost);
    if (line.msg !== name && line.event !== name) continue;
    const known = seen.get(line.thread!) ?? new Set();
    if (known.has(line.n!)) twice++;
    known.add(line.n!);
    seen.set(line.thread!, known);
  }
  return { seen, numbers, twice, torn, marked: [...marks.values()].reduce((sum, lost) => sum + lost, 0) };
}
