/**
 * Beginning and end of a frame, the same for all code but the generated writers.
 */
import { WORD_HEAD, WORD_SEQUENCE } from '../../ring/layout.ts';
import type { RingWriter } from '../../ring/writer.ts';
import { rankIn } from '../head-word.ts';
import { TRACE_UNITS } from '../layout.ts';

/** A number that all threads of an instance count up together, in place of the ring's own. */
export interface SharedSequence {
  readonly words: Int32Array;
  readonly index: number;
}

/** Whether the commit must be an atomic store; see docs/decisions/plain-commit-store.md. */
export const ATOMIC_COMMIT: boolean = process.arch !== 'x64';

export interface FrameMemoryOptions {
  readonly ring: RingWriter;
  readonly readClock: () => bigint;
  /** Trace id and span id of the active context, six i32, valid while a head word has TRACE_BIT. */
  readonly trace: Int32Array;
  readonly sharedSequence?: SharedSequence;
}

export class FrameMemory {
  readonly ring: RingWriter;
  /** Low 32 bits of the number that the last frame sealed here has got. */
  lastNumber = 0;
  readonly #options: FrameMemoryOptions;

  constructor(options: FrameMemoryOptions) {
    this.ring = options.ring;
    this.#options = options;
  }

  /** Unit offset of room for a frame, or a negative number when the ring has refused. `head`: the frame's head word, for its level. */
  claim(units: number, head: number): number {
    return this.ring.claim(units, rankIn(head));
  }

  /** Writes the trace block and returns the unit behind it. */
  storeTrace(unit: number): number {
    this.ring.words.set(this.#options.trace, unit * 2);
    return unit + TRACE_UNITS;
  }

  /** Clock, sequence, commit of the frame from `p` to `end`. */
  seal(p: number, end: number): void {
    const { words, nanos, control } = this.ring;
    const { sharedSequence, readClock } = this.#options;
    nanos[p + 1] = readClock();
    const own = (control[WORD_SEQUENCE] + 1) | 0;
    control[WORD_SEQUENCE] = own;
    const number = sharedSequence === undefined ? own : (Atomics.add(sharedSequence.words, sharedSequence.index, 1) + 1) | 0;
    words[p * 2 + 4] = number;
    this.lastNumber = number;
    // Not `ring.commit`: between number and commit there must be no call of ours, where the stack could end or the thread be terminated.
    if (ATOMIC_COMMIT) Atomics.store(control, WORD_HEAD, end);
    else control[WORD_HEAD] = end;
  }
}
