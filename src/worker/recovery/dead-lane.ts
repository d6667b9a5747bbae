/**
 * The producer's end of a lane whose thread is gone.
 */
import { lossMark } from '../../codec/encode/loss-mark.ts';
import { openBlock } from '../../memory/block.ts';
import type { ProducerMemory } from '../../memory/producer-memory.ts';
import { LANE_FACTS, type Lane, LEVELS } from '../../record.ts';
import { RingWriter } from '../../ring/writer.ts';

/** It closes the lane, behind a mark of what is not marked yet. */
export function writerOf(producer: ProducerMemory, lane: Lane, clock: () => bigint): RingWriter {
  const writer: RingWriter = new RingWriter(openBlock(producer[lane].ring).memory, {
    shares: LEVELS.map(() => 1),
    wakeUnits: Number.MAX_SAFE_INTEGER,
    onBatch: () => {},
    whenFull: LANE_FACTS[lane].whenFull,
    ...(lane === 'logs' && { loss: lossMark(() => writer, clock) }),
  });
  return writer;
}
