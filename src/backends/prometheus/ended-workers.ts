/**
 * What instances that have ended had counted, so that a sum over the workers of a cluster never falls: Prometheus takes a fall for a restart, and the whole sum
 * for an increase after it.
 *
 * The process that has the port keeps the last answer of each other instance. When one has ended, its counters and histograms are added to those of the ended. All
 * of it is in one file, replaced in one step, for the process that takes the port over. The next worker thread of an instance, and the instance that a second
 * `configureLogging` puts in its place, go on with what the one before had counted: they have the same name.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isNumberRunning } from '../../common/process/process-identity.ts';
import { Families } from './families.ts';
import { additiveOnly, sumToKeep } from './workers.ts';

/** Names of closed instances that are remembered. An answer that was on its way when its instance closed comes within seconds. */
const MAX_CLOSED = 1_000;

/** Of which instance an answer is. */
export interface InstanceName {
  readonly pid: number;
  /** Unique within the process; one instance that replaces another has the same. */
  readonly name: string;
  /** Raised by each replacement. */
  readonly generation: number;
}

/** What one instance has. */
export interface InstanceFamilies {
  readonly instance: InstanceName;
  readonly families: Families;
}

interface Kept {
  /** The process that wrote it. */
  readonly by: number;
  /** Sum of the instances that have ended. */
  readonly ended: unknown;
  /** What those that had not ended had last. */
  readonly last: readonly { readonly instance: InstanceName; readonly families: unknown }[];
}

export class EndedWorkers {
  readonly #path: string;
  #ended = new Families();
  #last = new Map<string, InstanceFamilies>();
  readonly #closed = new Set<string>();
  #keptBy = 0;
  #isEmpty = true;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes over the file of the process that had the port before. Begins at nothing where there is none, or it is damaged. */
  inherit(): void {
    try {
      const { by, ended, last } = JSON.parse(readFileSync(this.#path, 'utf8')) as Kept;
      this.#ended = Families.fromJson(ended);
      const known = last.map(({ instance, families }) => ({ instance, families: Families.fromJson(families) }));
      this.#last = new Map(known.map((one) => [keyOf(one.instance), one]));
      this.#keptBy = by;
      this.#isEmpty = false;
    } catch {
      this.forget();
    }
  }

  /** This is the first process of its service: the file is of an earlier time. */
  forget(): void {
    this.#ended = new Families();
    this.#last.clear();
    this.#keptBy = 0;
    this.#isEmpty = true;
    rmSync(this.#path, { force: true });
  }

  /** Whether no other instance has been here. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Whether an instance of this process has written what was inherited. */
  get isOwn(): boolean {
    return this.#keptBy === process.pid;
  }

  /**
   * The answers that belong on the page: not those that were on their way when their instance closed, and of an instance and the one in its place, which has all
   * of its counts, the latter's.
   */
  present<Answer extends InstanceFamilies>(answers: readonly Answer[]): Answer[] {
    const newest = new Map<string, Answer>();
    for (const answer of answers) {
      const key = keyOf(answer.instance);
      const known = newest.get(key);
      if (this.#closed.has(key) || (known !== undefined && known.instance.generation > answer.instance.generation)) continue;
      newest.set(key, answer);
    }
    return [...newest.values()];
  }

  /**
   * @param answers those that are {@link present}
   * @returns what is to be added to them: of instances that have ended, and the last values of those that run and have not answered
   */
  update(answers: readonly InstanceFamilies[]): readonly Families[] {
    const last = new Map(
      answers.map(({ instance, families }) => [keyOf(instance), { instance, families: additiveOnly(families) }] as const),
    );
    const late: Families[] = [];
    for (const [key, known] of this.#last) {
      if (last.has(key)) continue;
      if (isNumberRunning(known.instance.pid)) {
        last.set(key, known);
        late.push(known.families);
      } else this.#end(known.families);
    }
    this.#last = last;
    this.#isEmpty = false;
    return [this.#ended, ...late];
  }

  /** The last values of an instance that has closed. `goesOn`: another one is in its place. */
  close({ instance, families }: InstanceFamilies, goesOn: boolean): void {
    const key = keyOf(instance);
    if (this.#closed.has(key)) return;
    this.#isEmpty = false;
    if (goesOn) {
      const known = this.#last.get(key);
      if (known === undefined || known.instance.generation <= instance.generation)
        this.#last.set(key, { instance, families: additiveOnly(families) });
      return;
    }
    this.#end(additiveOnly(families));
    this.#last.delete(key);
    this.#closed.add(key);
    const [oldest] = this.#closed;
    if (this.#closed.size > MAX_CLOSED) this.#closed.delete(oldest!);
  }

  /** Writes the file for the process that takes the port over. Where it cannot be written, that one begins at nothing. */
  keep(): void {
    const kept: Kept = { by: process.pid, ended: this.#ended, last: [...this.#last.values()] };
    const next = `${this.#path}.next`;
    try {
      writeFileSync(next, JSON.stringify(kept), { mode: 0o600 });
      renameSync(next, this.#path);
    } catch {
      rmSync(next, { force: true });
    }
  }

  #end(families: Families): void {
    this.#ended = sumToKeep([this.#ended, families]);
  }
}

function keyOf({ pid, name }: InstanceName): string {
  return `${pid} ${name}`;
}
