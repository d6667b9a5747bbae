/**
 * A backend as the drain sees it: somewhere that takes frames now, without waiting, and counts what it cannot take.
 */
import type { LaneSource } from '../read/lane-source.ts';

export interface Destination {
  /** Takes frames `frames[0] … frames[count - 1]` of `source`. Their memory is given back to the producer when this returns. */
  deliver(source: LaneSource, frames: Int32Array, count: number): void;
  /** Whether it gets the frames of several rings in the order of their calls, as far as one look at the rings finds them: dearer, for what is read as it comes. */
  readonly inOrder: boolean;
  /** Bytes that it would take now without dropping any. A lane that must not lose anything (audit) waits in its ring for room. */
  readonly room: number;
  /** A chunk is over: whatever was buffered may start on its way. */
  kick(): void;
  /** True once everything taken before was delivered, or refused for good and counted; false when the time was over first. */
  flush(timeoutMillis: number): Promise<boolean>;
  close(timeoutMillis: number): Promise<boolean>;
  reopen?(): void;
  /** A ring was given up; what was kept for it can go. */
  forget(source: LaneSource): void;
}
