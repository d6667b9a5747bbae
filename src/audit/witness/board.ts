/**
 * How far each witness has cosigned a run's tree, in the memory of the run: two doubles each, the lines and when (Unix milliseconds; 0: never).
 */
import type { Block } from '../../memory/block.ts';
import { MOST_WITNESSES, RUN_WITNESS_OFFSET_BYTES } from '../../memory/run.ts';

export interface WitnessedState {
  readonly lines: number;
  readonly atMillis: number;
}

export class WitnessBoard {
  readonly #doubles: Float64Array;

  constructor({ memory }: Block) {
    this.#doubles = new Float64Array(memory, RUN_WITNESS_OFFSET_BYTES, 2 * MOST_WITNESSES);
  }

  note(index: number, lines: number, atMillis: number): void {
    this.#doubles[2 * index] = lines;
    this.#doubles[2 * index + 1] = atMillis;
  }

  read(index: number): WitnessedState {
    return { lines: this.#doubles[2 * index]!, atMillis: this.#doubles[2 * index + 1]! };
  }

  /** Lines that at least `quorum` of the first `count` witnesses have cosigned. */
  linesOf(count: number, quorum: number): number {
    const lines = Array.from({ length: count }, (_, index) => this.read(index).lines).sort((left, right) => right - left);
    return lines[quorum - 1] ?? 0;
  }
}
