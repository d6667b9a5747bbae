/**
 * The memory that one producing thread writes, as it is handed to the worker.
 */
import type { Lane } from '../record.ts';
import { tombstoneOf } from './account.ts';
import { CONTROL_BYTES, WORD_CLOSED } from './layout.ts';

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

/** The same producer with one lane given up: only its account is kept. */
export function withoutLane(memory: ProducerMemory, lane: Lane): ProducerMemory {
  return { ...memory, [lane]: { ring: tombstoneOf(memory[lane].ring), dictionary: new SharedArrayBuffer(0) } };
}

/** A producer's rings alone, as another one: its metrics have gone their own way. */
export function lanesOnly(memory: ProducerMemory): ProducerMemory {
  return { ...memory, id: `${memory.id}-left`, series: [] };
}

/** Whether its producer writes nothing any more. */
export function isClosed({ logs, audit }: ProducerMemory): boolean {
  return [logs, audit].every(({ ring }) => Atomics.load(new Int32Array(ring, 0, CONTROL_BYTES / 4), WORD_CLOSED) === 1);
}

/** Says that its producer, which has ended without saying so, writes nothing any more. */
export function closeRings({ logs, audit }: ProducerMemory): void {
  for (const { ring } of [logs, audit]) Atomics.store(new Int32Array(ring, 0, CONTROL_BYTES / 4), WORD_CLOSED, 1);
}

/** Metrics alone, as a producer: handles bound to its series go on counting when another instance has taken its place. */
export function seriesOf(id: string, series: readonly SharedArrayBuffer[]): ProducerMemory {
  const nothing = () => ({ ring: new SharedArrayBuffer(CONTROL_BYTES), dictionary: new SharedArrayBuffer(0) });
  return { id, logs: nothing(), audit: nothing(), series };
}
