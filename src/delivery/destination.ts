/**
 * The drain's interface of a backend: it takes frames at once, without waiting, and counts those that it cannot take.
 */
import type { LaneSource } from '../read/lane-source.ts';
import type { Lane } from '../record.ts';
import type { EncodedBatch } from './sender.ts';

/** Room in an outbox for one look at a ring: 256 KiB, six times as long as JSON if every character is escaped. */
export const LOOK_ROOM_BYTES = 1_572_864;

/** `later`: there is no room now. `never`: it is longer than a batch may be here; it is counted as dropped. */
export type Adoption = 'taken' | 'later' | 'never';

export interface Destination {
  /** Takes frames `frames[0] … frames[count - 1]` of `source`. Their memory is given back to the producer when this returns. */
  deliver(source: LaneSource, frames: Int32Array, count: number): void;
  /** Whether it gets the frames of several rings in the order of their calls, as far as one look at the rings finds them. This costs more, and is for output that people read as it comes. */
  readonly inOrder: boolean;
  /** Bytes that it would take now without dropping any. The audit lane, which must not lose anything, waits in its ring for room. */
  readonly room: number;
  /** Whether it would take one look at a ring of this lane now without dropping any. Records of a dead run wait for that, because no caller waits for them. */
  takesAll(lane: Lane): boolean;
  /** Takes over a batch that a run before this one had encoded for it. Absent: it takes objects. */
  readonly adopt?: ((batch: EncodedBatch, lane: Lane | undefined) => Adoption) | undefined;
  /** The drain has delivered all its frames: gathered records may be sent. */
  kick(): void;
  /** True once everything taken before was delivered, or refused for good and counted; false when the time was over first. */
  flush(timeoutMillis: number): Promise<boolean>;
  /** The same at the end of a process: a destination that is away is not waited for if its batches can be kept. */
  flushAtEnd(timeoutMillis: number): Promise<boolean>;
  /** Stores waiting batches where the next run finds them, if there is such a place. */
  keep?(timeoutMillis: number): Promise<void>;
  /** Flushes, drops and counts the rest, and closes the destination. */
  close(timeoutMillis: number): Promise<boolean>;
  /** SIGHUP: closes everything that was opened by name, and opens it again. */
  reopen?(): void;
  /** A ring is drained and its thread has ended: its state can be discarded. */
  forget(source: LaneSource): void;
}
