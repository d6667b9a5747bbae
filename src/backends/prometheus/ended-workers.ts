/**
 * What processes that have ended had counted, so that a sum over the workers of a cluster never falls: Prometheus takes a fall for a restart, and the whole sum
 * for an increase after it.
 *
 * The process that has the port keeps the last answer of each other one. When one has ended, its counters and histograms are added to those of the ended. All of it
 * is in one file, replaced in one step, for the process that takes the port over. A process is known by its id: the next worker thread, or the next instance, of a
 * process goes on with what the one before it had counted.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isNumberRunning } from '../../common/process/process-identity.ts';
import { Families } from './families.ts';
import { additiveOnly, sumOfWorkers } from './workers.ts';

interface Kept {
  /** Sum of the processes that have ended. */
  readonly ended: unknown;
  /** What those that had not ended had last, by process id. */
  readonly last: Readonly<Record<string, unknown>>;
}

export class EndedWorkers {
  readonly #path: string;
  #ended = new Families();
  #last = new Map<number, Families>();
  /** Processes that have closed since the others were asked. */
  readonly #closed = new Set<number>();
  #isEmpty = true;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes over the file of the process that had the port before. Begins at nothing where there is none, or it is damaged. */
  inherit(): void {
    try {
      const { ended, last } = JSON.parse(readFileSync(this.#path, 'utf8')) as Kept;
      this.#ended = Families.fromJson(ended);
      this.#last = new Map(Object.entries(last).map(([pid, families]) => [Number(pid), Families.fromJson(families)]));
      this.#isEmpty = false;
    } catch {
      this.forget();
    }
  }

  /** This is the first process of its service: the file is of an earlier time. */
  forget(): void {
    this.#ended = new Families();
    this.#last.clear();
    this.#isEmpty = true;
    rmSync(this.#path, { force: true });
  }

  /** Whether no other process has been here. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  has(pid: number): boolean {
    return this.#last.has(pid);
  }

  /** Before the processes are asked: an answer that comes meanwhile may be older than the last values of a process that closes meanwhile. */
  begin(): void {
    this.#closed.clear();
  }

  /**
   * @param answered by process id; a process may have several instances
   * @returns what is to be added to the answers: of processes that have ended, and the last values of those that run and have not answered
   */
  update(answered: ReadonlyMap<number, readonly { readonly families: Families }[]>): Families {
    const late = new Map<number, Families>();
    for (const [pid, families] of this.#last) {
      if (answered.has(pid)) continue;
      if (isNumberRunning(pid)) late.set(pid, families);
      else this.#ended = sumOf([this.#ended, families]);
    }
    const last = new Map(late);
    for (const [pid, answers] of answered) {
      const closed = this.#closed.has(pid) ? this.#last.get(pid) : undefined;
      last.set(pid, closed ?? sumOf(answers.map(({ families }) => additiveOnly(families))));
    }
    this.#last = last;
    this.#isEmpty = false;
    return sumOf([this.#ended, ...late.values()]);
  }

  /** The last values of a process, or of an instance of it, that has closed. */
  close(pid: number, families: Families): void {
    this.#last.set(pid, additiveOnly(families));
    this.#closed.add(pid);
    this.#isEmpty = false;
  }

  /** Writes the file for the process that takes the port over. Where it cannot be written, that one begins at nothing. */
  keep(): void {
    const kept: Kept = { ended: this.#ended, last: Object.fromEntries(this.#last) };
    const next = `${this.#path}.next`;
    try {
      writeFileSync(next, JSON.stringify(kept), { mode: 0o600 });
      renameSync(next, this.#path);
    } catch {
      rmSync(next, { force: true });
    }
  }
}

function sumOf(all: readonly Families[]): Families {
  return all.length === 1 ? all[0]! : sumOfWorkers(all.map((families) => ({ worker: undefined, families })));
}
