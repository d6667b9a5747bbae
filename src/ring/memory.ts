/**
 * The memory that one producing thread writes, as it is handed to the worker.
 */
import type { Lane } from '../record.ts';

/** Memory of one lane. */
export interface LaneMemory {
  readonly ring: SharedArrayBuffer;
  readonly dictionary: SharedArrayBuffer;
}

export interface ProducerMemory extends Readonly<Record<Lane, LaneMemory>> {
  /** Unique in the process. */
  readonly id: string;
  /** Blocks of the series table, the first and those it has grown by. */
  readonly series: readonly SharedArrayBuffer[];
}
