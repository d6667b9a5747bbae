/**
 * Frames by lane and level. Marks of losses and copies of checkpoints are no records and are left out.
 */
import { kindOf, levelRankOf } from '../codec/frames.ts';
import { KIND_LOSS } from '../codec/layout.ts';
import { cellOf, newTally, TALLY_CELLS, type Tally } from '../health/tally.ts';
import type { FramesOfLane } from '../read/frames-of-lane.ts';

/** Adding to integers is faster; every frame of every destination is counted here. */
const counts = new Int32Array(TALLY_CELLS);

export function tallyFrames({ words, lane, holdsRecords }: FramesOfLane, frames: Int32Array, from: number, to: number): Tally {
  if (!holdsRecords) return newTally();
  const base = cellOf(lane, 0);
  counts.fill(0);
  for (let i = from; i < to; i++) {
    const frame = frames[i];
    if (kindOf(words, frame) !== KIND_LOSS) counts[base + levelRankOf(words, frame)]++;
  }
  return Float64Array.from(counts);
}

export function isMark({ words }: Pick<FramesOfLane, 'words'>, frame: number): boolean {
  return kindOf(words, frame) === KIND_LOSS;
}
