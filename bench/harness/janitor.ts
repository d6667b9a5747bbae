/**
 * Takes away the files that a file backend has set aside, so that their pages are used again, and checks each before it goes: in a process of its own,
 * by the numbers of its first and last line.
 *
 *   const janitor = startJanitor(directory);   await janitor.account()   janitor.stop()
 */
import { fork } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOG_FILE } from './pipeline.ts';

/** What one file held. */
export interface FileAccount {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly bytes: number;
}

export interface Janitor {
  /** All files so far, the one being written too, oldest first; those set aside are gone afterwards. */
  account(): Promise<FileAccount[]>;
  stop(): void;
}

const ROUND_MILLIS = 20;
/** Longer than any line of these benchmarks. */
const LINE_BYTES = 4_096;

export function startJanitor(directory: string): Janitor {
  const child = fork(fileURLToPath(import.meta.url), [directory], { execArgv: [] });
  return {
    account: () =>
      new Promise((resolve) => {
        child.once('message', (message) => resolve(message as FileAccount[]));
        child.send('account');
      }),
    stop: () => child.disconnect(),
  };
}

/** Undefined when the file holds no line. */
function accountOf(path: string): FileAccount | undefined {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const read = (at: number) => {
      const bytes = Buffer.alloc(Math.min(LINE_BYTES, size));
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, at));
    };
    const first = read(0).split('\n', 1)[0];
    const last = read(Math.max(0, size - LINE_BYTES))
      .split('\n')
      .at(-2);
    if (first === '' || last === undefined) return undefined;
    return { firstSequence: sequenceOf(first), lastSequence: sequenceOf(last), bytes: size };
  } finally {
    closeSync(file);
  }
}

function sequenceOf(line: string): number {
  return (JSON.parse(line) as { seq: number }).seq;
}

function clean(directory: string): void {
  const gone: FileAccount[] = [];
  const clear = () => {
    // The directory goes away when the case has ended, a moment before this process does.
    if (!existsSync(directory)) return;
    for (const name of readdirSync(directory)) {
      if (name === LOG_FILE || !name.endsWith(extname(LOG_FILE))) continue;
      const account = accountOf(join(directory, name));
      // An empty one is a name that was reserved for a file about to be set aside.
      if (account === undefined) continue;
      gone.push(account);
      unlinkSync(join(directory, name));
    }
  };
  setInterval(clear, ROUND_MILLIS);
  process.on('message', () => {
    clear();
    const live = accountOf(join(directory, LOG_FILE));
    process.send!([...gone, ...(live === undefined ? [] : [live])].toSorted((a, b) => a.firstSequence - b.firstSequence));
  });
  process.on('disconnect', () => process.exit());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) clean(process.argv[2]);
