/**
 * Frames, and the facts about their ring that an encoder needs.
 */
import type { LaneContext } from '../encoders/encoder.ts';
import type { LaneSource } from './lane-source.ts';

/** A ring, or a stretch of memory with frames of our own. */
export type FramesOfLane = Pick<
  LaneSource,
  | 'lane'
  | 'holdsRecords'
  | 'run'
  | 'clock'
  | 'attributeLimit'
  | 'resource'
  | 'words'
  | 'doubles'
  | 'nanos'
  | 'bytes'
  | 'definitions'
  | 'tracker'
  | 'decodeContext'
>;

/** For an encoder of it. */
export function laneContextOf({ lane, clock, attributeLimit, tracker }: FramesOfLane): LaneContext {
  return { lane, clock, attributeLimit, sequenceOf: tracker.full };
}
