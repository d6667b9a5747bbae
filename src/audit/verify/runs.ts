/** All runs of a trail, by what names them: checkpoints name the run and its origin, lines have its mark. */
import { runMark } from '../run-tree/lines.ts';
import { VerifiedRun } from './run.ts';

/** A file of garbage may name any number of them. */
const MOST_RUNS = 100_000;

export class Runs implements Iterable<VerifiedRun> {
  readonly #byName = new Map<string, VerifiedRun>();
  readonly #byOrigin = new Map<string, VerifiedRun>();
  /** Marks as Latin-1. */
  readonly #byMark = new Map<string, VerifiedRun>();

  [Symbol.iterator](): Iterator<VerifiedRun> {
    return this.#byName.values();
  }

  some(holds: (run: VerifiedRun) => boolean): boolean {
    return Array.from(this).some(holds);
  }

  /** Undefined: there are too many. */
  named(name: string): VerifiedRun | undefined {
    let run = this.#byName.get(name);
    if (run === undefined && this.#byName.size < MOST_RUNS) {
      run = new VerifiedRun(name);
      this.#byName.set(name, run);
      this.#byMark.set(runMark(name).toString('latin1'), run);
    }
    return run;
  }

  /** Of a line's mark. Undefined: there are too many. */
  marked(mark: Buffer): VerifiedRun | undefined {
    return this.#byMark.get(mark.toString('latin1')) ?? this.named(nameIn(mark));
  }

  /** The run of which a checkpoint has said this origin. */
  ofOrigin(origin: string): VerifiedRun | undefined {
    return this.#byOrigin.get(origin);
  }

  /** False: the run has another origin. */
  setOrigin(run: VerifiedRun, origin: string): boolean {
    if (run.origin !== undefined && run.origin !== origin) return false;
    run.origin = origin;
    this.#byOrigin.set(origin, run);
    return true;
  }
}

function nameIn(mark: Buffer): string {
  const text = mark.toString();
  try {
    return JSON.parse(text.slice(text.indexOf(':') + 1)) as string;
  } catch {
    return text;
  }
}
