/**
 * Frames, and the facts about their ring that an encoder needs.
 */
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
