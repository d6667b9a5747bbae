/**
 * Frames by lane and level. Marks of losses are no records and are left out.
 */
import { kindOf, levelRankOf } from '../codec/frames.ts';
import { KIND_LOSS } from '../codec/layout.ts';
import { cellOf, newTally, type Tally } from '../health/tally.ts';
import type { FramesOfLane } from '../read/frames-of-lane.ts';

export function tallyFrames({ words, lane }: FramesOfLane, frames: Int32Array, from: number, to: number): Tally {
  const tally = newTally();
  const base = cellOf(lane, 0);
  for (let i = from; i < to; i++) {
    if (kindOf(words, frames[i]) !== KIND_LOSS) tally[base + levelRankOf(words, frames[i])]++;
  }
  return tally;
}

export function isMark({ words }: Pick<FramesOfLane, 'words'>, frame: number): boolean {
  return kindOf(words, frame) === KIND_LOSS;
}
