/**
 * The contract of a backend that takes bytes: encoded records that stand in an outbox slot. It runs in the worker thread.
 */
import type { Outcome } from './backend.ts';

/** Encoded records, contiguous, in shared memory. Valid until the promise of `write` settles. */
export interface ByteBatch {
  readonly bytes: Uint8Array;
  readonly records: number;
}

export interface Sink {
  /**
   * Takes a batch of whole lines (or whole requests). Not called again before it has settled. On `retryable` the same batch is offered
   * again; a sink that has taken part of it must remember how far it got.
   */
  write(batch: ByteBatch): Promise<Outcome>;
  /** When this settles, everything written so far must be as safe as this sink can make it (audit: on disk). */
  flush(): Promise<void>;
  /** SIGHUP: close everything that was opened by name, and open it again. */
  reopen?(): void;
  close(): Promise<void>;
}
