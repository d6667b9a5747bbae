/** A service that logs at a rate (programs/producing.ts), as a process of its own; its output is what it has produced so far, and at its end what it has lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'programs/producing.ts');

export interface Produced {
  /** Numbers of the next record and of the next event. */
  readonly logs: number;
  readonly audits: number;
  readonly lost: number;
}

export interface ProducingOptions {
  /** Of an OTLP endpoint. */
  readonly url: string;
  /** For its spool and its runs. */
  readonly folder: string;
  /** What it goes on from. */
  readonly from: Produced;
  /** Milliseconds that a request may take, records a second; the program has defaults. */
  readonly further?: readonly number[];
  readonly isMapped?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export class ProducingService {
  readonly child: ChildProcess;
  readonly from: Produced;
  last: Produced;
  #rest = '';

  constructor({ url, folder, from, further = [], isMapped = true, env = {} }: ProducingOptions) {
    this.from = from;
    this.last = { ...from, lost: 0 };
    const numbers = [from.logs, from.audits, ...further].map(String);
    this.child = spawn(process.execPath, [PROGRAM, url, join(folder, 'spool'), ...numbers], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...env,
        HFT_PERSISTENCE: String(isMapped),
        HFT_PERSISTENCE_DIRECTORY: join(folder, 'runs'),
      },
    });
    this.child.stdout!.on('data', (chunk: Buffer) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop()!;
      for (const line of lines) this.last = JSON.parse(line);
    });
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  async end(how: 'stop' | 'kill'): Promise<Produced> {
    if (how === 'stop') this.child.stdin!.end();
    else this.child.kill('SIGKILL');
    await once(this.child, 'close');
    return this.last;
  }
}
