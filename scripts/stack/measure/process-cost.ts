// What a process costs, from /proc (Linux): CPU time since it started, resident memory now.

import { readFileSync } from 'node:fs';

/** USER_HZ: what /proc counts in, whatever the kernel was built with. */
const TICKS_PER_SECOND = 100;

export interface ProcessCost {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export function costOf(pid: number): ProcessCost {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before it may hold anything, a parenthesis too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  const residentKib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return { cpuSeconds: (userTicks + systemTicks) / TICKS_PER_SECOND, residentBytes: residentKib * 1024 };
}

/** Cores in use and the most memory resident between `start` and `end`. */
export class CostMeter {
  readonly #pids: ReadonlyMap<string, number>;
  readonly #from: ReadonlyMap<string, ProcessCost>;
  readonly #startedAt = performance.now();
  readonly #mostResident = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(pids: ReadonlyMap<string, number>) {
    this.#pids = pids;
    this.#from = this.#read();
    this.#timer = setInterval(() => this.#read(), 500);
  }

  end(): Map<string, { cores: number; mostResidentBytes: number }> {
    clearInterval(this.#timer);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const to = this.#read();
    return new Map(
      [...to].map(([name, { cpuSeconds }]) => [
        name,
        { cores: (cpuSeconds - this.#from.get(name)!.cpuSeconds) / seconds, mostResidentBytes: this.#mostResident.get(name)! },
      ]),
    );
  }

  #read(): Map<string, ProcessCost> {
    const costs = new Map([...this.#pids].map(([name, pid]) => [name, costOf(pid)]));
    for (const [name, { residentBytes }] of costs)
      this.#mostResident.set(name, Math.max(residentBytes, this.#mostResident.get(name) ?? 0));
    return costs;
  }
}
