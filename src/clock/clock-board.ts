/**
 * What was last known of the machine's clock, in the memory of the run: written by the thread that asks it, read by health and metrics.
 */
import type { Block } from '../memory/block.ts';
import { RUN_CLOCK_STATUS_BYTES, RUN_CLOCK_STATUS_OFFSET_BYTES } from '../memory/run.ts';
import type { ClockStatus } from './clock-status.ts';

const SOURCES: readonly ClockStatus['source'][] = ['unknown', 'adjtimex', 'chrony'];

/** Places of the doubles. NaN stands for what nobody knew. */
const AT = 0;
const SOURCE = 1;
const OFFSET = 2;
const MAX_ERROR = 3;
const SYNCHRONISED = 4;

export class ClockBoard {
  readonly #doubles: Float64Array;

  constructor({ memory }: Block) {
    this.#doubles = new Float64Array(memory, RUN_CLOCK_STATUS_OFFSET_BYTES, RUN_CLOCK_STATUS_BYTES / 8);
  }

  note({ source, offsetMicros, maxErrorMicros, isSynchronised }: ClockStatus, atMillis: number): void {
    const doubles = this.#doubles;
    doubles[SOURCE] = SOURCES.indexOf(source);
    doubles[OFFSET] = offsetMicros ?? Number.NaN;
    doubles[MAX_ERROR] = maxErrorMicros ?? Number.NaN;
    doubles[SYNCHRONISED] = isSynchronised === undefined ? Number.NaN : Number(isSynchronised);
    doubles[AT] = atMillis;
  }

  /** Undefined: nobody has asked yet. */
  read(): (ClockStatus & { readonly atMillis: number }) | undefined {
    const doubles = this.#doubles;
    const [atMillis, offset, maxError, synchronised] = [
      doubles[AT]!,
      doubles[OFFSET]!,
      doubles[MAX_ERROR]!,
      doubles[SYNCHRONISED]!,
    ];
    if (atMillis === 0) return undefined;
    return {
      atMillis,
      source: SOURCES[doubles[SOURCE]!] ?? 'unknown',
      ...(!Number.isNaN(offset) && { offsetMicros: offset }),
      ...(!Number.isNaN(maxError) && { maxErrorMicros: maxError }),
      ...(!Number.isNaN(synchronised) && { isSynchronised: synchronised === 1 }),
    };
  }
}
