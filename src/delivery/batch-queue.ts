/**
 * The two interfaces of the queue in front of a destination. Encoders write into one; the delivery engine takes batches from the other. Between the two may
 * stand shared memory (outbox.ts), the worker's heap (heap-queue.ts), or a spool on disk.
 *
 * A queue does not count losses, except for batches that it drops itself. The writer asks for room and counts records that find none; the engine counts the
 * outcome of each batch. So the account closes for every implementation: `taken = delivered + dropped + waiting`, by lane and level.
 */
import type { Output } from '../encoders/encoder.ts';
import type { Tally } from '../health/tally.ts';

/** Records that are offered to a destination at once: one write, or one request. */
export interface Batch {
  /** Records in it. Marks of losses are no records and do not count. */
  readonly records: number;
  /** The same by lane and level. */
  readonly tally: Tally;
  /** Number of the batch; grows from batch to batch, in the order of their records. */
  readonly order: number;
  /** When the call of the first record in it was made, by the monotonic clock, nanoseconds; 0 if not known. */
  readonly calledNanos: number;
  /** Encoded bytes; 0 for objects. */
  readonly byteLength: number;
}

/**
 * The engine's interface. One thread uses it, and no method waits.
 *
 * A batch is taken, and later either released or put back. Several may be taken at once; they come in the order of their numbers.
 */
export interface BatchQueue<B extends Batch = Batch> {
  /**
   * The batch with the lowest number of those that are complete and not taken; undefined if there is none. `openToo`: if none is, completes what was gathered
   * so far and takes it. Its contents stay valid until it is released or put back.
   */
  take(openToo: boolean): B | undefined;
  /** The destination refused the batch for now. It keeps its number, so it comes before all younger ones; the next `take` gives back the same object. */
  putBack(batch: B): void;
  /** The destination is done with it: everything in it was delivered, or is counted as dropped. Its memory may be used again. */
  release(batch: B): void;
  /** Completes the open batch, if it holds anything. */
  seal(): void;
  /**
   * The end, after a last flush and with nothing more to be sent: batches that are taken are given up too. Returns the records that are lost by it, by lane and
   * level; the engine counts them (`shutdown`). A queue whose contents outlive the worker returns an empty tally.
   */
  close(): Tally;
  /**
   * Only of a queue whose contents can outlive the process: stores waiting batches, taken ones too, where the next run finds them. Settles when that is
   * done, or cannot be done.
   */
  keep?(): Promise<void>;
  /** Behind `close`: lets go of files. */
  end?(): Promise<void>;
  /** Records that are not released, those of taken batches among them. */
  readonly waiting: Tally;
  /** Number of the newest batch that holds anything or did; 0 before the first. A flush waits for it. */
  readonly newestOrder: number;
  /** Number of the oldest batch that is not released; `Infinity` if there is none. A flush up to number n is over when this is larger than n. */
  readonly oldestOrder: number;
}

/** Records that a commit adds to the open batch. */
export interface Committed {
  /** Records by lane and level; all zeros for marks of losses. */
  readonly tally: Tally;
  /** When the call of the first of them was made, by the monotonic clock, nanoseconds; 0 if not known. */
  readonly calledNanos?: number;
  /** Number of the first of them in its lane's count, for audit events; 0 if not known. */
  readonly firstNumber?: number;
}

/**
 * The encoders' interface: memory to append to. One thread uses it, and no method waits.
 *
 * ```ts
 * while (frames are left) {
 *   if (!queue.claim()) break;                       // no room: what is left is dropped and counted
 *   const next = encoder.encode(frames, from, to, queue.output);
 *   if (next > from) queue.commit({ tally });        // what was encoded is part of the open batch
 *   if (next < to) queue.seal();                     // the batch is full
 * }
 * ```
 */
export interface BatchWriter {
  /** Where encoders write. `claim` points it at the free part of the open batch; `commit` makes what was written part of that batch. */
  readonly output: Output;
  /** Points `output` at room to append to, at most `maxBytes` of it. False: there is none, all of the queue waits for the destination. */
  claim(maxBytes?: number): boolean;
  /** Makes everything that stands before `output.position` part of the open batch, with one store: after a death it is there whole or not at all. Call after `claim`. */
  commit(committed: Committed): void;
  /** Closes the open batch to appends, if it holds anything. */
  seal(): void;
  /** Nothing was committed to the open batch: a record that does not fit into all of it never will. */
  readonly openIsEmpty: boolean;
  /** The room of the last claim ended at its `maxBytes`, before the end of the batch. */
  readonly isCut: boolean;
  /** Bytes that can be appended in any case, whatever stands in the open batch: whole free batches. */
  readonly bytesFree: number;
  /** Bytes in use, of {@link bytesUsable}. Batches that are being sent are in neither: a queue of two does not look half full whenever one of them is under way. */
  readonly bytesUsed: number;
  readonly bytesUsable: number;
  /** As in {@link BatchQueue}: an open batch that holds nothing yet does not count. */
  readonly newestOrder: number;
}

/** A queue of encoded records: what `worker/backends/open-backends.ts` opens for a backend that takes bytes. */
export interface ByteQueue<B extends Batch = Batch> extends BatchQueue<B>, BatchWriter {
  readonly newestOrder: number;
}
