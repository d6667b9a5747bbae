/**
 * Records that no backend takes, by lane and level: shared numbers, in front of those of the backends (counters.ts). Together with them every record that was
 * accepted is accounted for.
 */
import { CELLS, TALLY_CELLS, type Tally } from './tally.ts';

export const UNROUTED_BYTES: number = TALLY_CELLS * 8;

export class UnroutedCounters {
  readonly #counts: BigInt64Array;

  /** `memory`: of all counters of an instance. */
  constructor(memory: ArrayBufferLike) {
    this.#counts = new BigInt64Array(memory, 0, TALLY_CELLS);
  }

  add(records: Tally): void {
    for (const { cell } of CELLS) if (records[cell] > 0) Atomics.add(this.#counts, cell, BigInt(records[cell]));
  }

  read(): Tally {
    return Float64Array.from(this.#counts, (_, cell) => Number(Atomics.load(this.#counts, cell)));
  }
}
