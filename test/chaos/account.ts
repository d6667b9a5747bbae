/** What of the calls of a chaos run has arrived where, by (life, thread, number). */
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Calls that had returned, by the services' own count. */
export interface Called {
  readonly life: number;
  readonly thread: number;
  readonly logs: number;
  readonly audits: number;
}

export type Lane = 'logs' | 'audits';

export interface PlaceAccount {
  readonly missing: number;
  /** Of these, what marks of losses tell of. */
  readonly marked: number;
  /** Beyond the first of each record. */
  readonly twice: number;
  /** The first that are missing and are not told of. */
  readonly samples: readonly string[];
}

/** What has arrived in one place. */
export class Arrived {
  readonly #seen = { logs: new Map<string, Set<number>>(), audits: new Map<string, Set<number>>() };
  readonly #twice = { logs: 0, audits: 0 };
  /** A mark may come twice, as a record may. */
  readonly #marks = { logs: new Map<string, number>(), audits: new Map<string, number>() };
  torn = 0;

  add(lane: Lane, life: number, thread: number, n: number): void {
    const key = `${life} ${thread}`;
    const known = this.#seen[lane].get(key) ?? new Set();
    if (known.has(n)) this.#twice[lane]++;
    known.add(n);
    this.#seen[lane].set(key, known);
  }

  mark(lane: Lane, id: string, lost: number): void {
    this.#marks[lane].set(id, lost);
  }

  account(called: readonly Called[], lane: Lane): PlaceAccount {
    let missing = 0;
    const samples: string[] = [];
    for (const { life, thread, [lane]: count } of called) {
      const seen = this.#seen[lane].get(`${life} ${thread}`) ?? new Set();
      for (let n = 0; n < count; n++) {
        if (seen.has(n)) continue;
        missing++;
        if (samples.length < 5) samples.push(`life ${life}, thread ${thread}, ${n} of ${count}`);
      }
    }
    const marked = [...this.#marks[lane].values()].reduce((sum, lost) => sum + lost, 0);
    return { missing, marked, twice: this.#twice[lane], samples: missing > marked ? samples : [] };
  }
}

interface Line {
  readonly time: string;
  readonly msg?: string;
  readonly event?: string;
  readonly life: number;
  readonly thread: number;
  readonly n: number;
  readonly lost?: number;
  readonly seq?: number;
  readonly run?: string;
  readonly audit_seq?: number;
}

/** Lines of a file; and, by run, audit numbers that none has below the greatest. */
export async function arrivedInFile(path: string, lane: Lane): Promise<{ readonly arrived: Arrived; readonly gaps: number }> {
  const arrived = new Arrived();
  const numbers = new Map<string, { greatest: number; readonly seen: Set<number> }>();
  if (!existsSync(path)) return { arrived, gaps: 0 };
  for await (const text of createInterface({ input: createReadStream(path) })) {
    if (text === '') continue;
    let line: Line;
    try {
      line = JSON.parse(text);
    } catch {
      arrived.torn++;
      continue;
    }
    if (line.audit_seq !== undefined) {
      const known = numbers.get(line.run!) ?? { greatest: 0, seen: new Set() };
      known.seen.add(line.audit_seq);
      known.greatest = Math.max(known.greatest, line.audit_seq);
      numbers.set(line.run!, known);
    }
    if (line.lost !== undefined) arrived.mark(lane, `${line.time} ${line.seq}`, line.lost);
    if (line.msg === 'quote' || line.event === 'order_placed') arrived.add(lane, line.life, line.thread, line.n);
  }
  const gaps = [...numbers.values()].reduce((sum, { greatest, seen }) => sum + greatest - seen.size, 0);
  return { arrived, gaps };
}
