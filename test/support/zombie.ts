/** A process that has ended and whose parent does not ask for its exit code, as in a container whose first process reaps nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { vi } from 'vitest';
import { PATIENCE } from './patience.ts';

export interface Zombie {
  readonly pid: number;
  /** Field 22 of its `stat`. */
  readonly started: string;
  [Symbol.dispose](): void;
}

export async function startZombie(): Promise<Zombie> {
  // The shell becomes another program, which knows nothing of the child.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  const values = () => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  await vi.waitUntil(() => values()[0] === 'Z', PATIENCE);
  return { pid, started: values()[19], [Symbol.dispose]: () => void parent.kill('SIGKILL') };
}
