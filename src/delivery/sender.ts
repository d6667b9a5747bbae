/**
 * The engine's interface of a destination. Sinks take bytes and backends take objects; two functions make senders of them.
 */
import type { Backend, LogRecordData } from '../contract/backend.ts';
import type { ByteBatch, Sink } from '../contract/sink.ts';
import type { Batch } from './batch-queue.ts';

export interface Sender<B extends Batch = Batch> {
  /**
   * Offers a batch. Not called again with the same one before it has settled; after `retryable` the same batch is offered again. The engine checks the result.
   */
  send(batch: B): unknown;
  /** When this settles, everything taken so far is as safe as this destination can make it. */
  flush?(): void | Promise<void>;
  /** SIGHUP. */
  reopen?(): void;
  close?(): void | Promise<void>;
}

/** Encoded records. */
export interface EncodedBatch extends Batch, ByteBatch {
  /** Number of the first record in its lane's count, for audit events; 0 if not known. */
  readonly firstNumber: number;
}

/** Records as objects, in the order of their calls. Marks of losses stand among them. */
export interface ObjectBatch extends Batch {
  readonly objects: readonly LogRecordData[];
}

export function senderOfSink(sink: Sink): Sender<EncodedBatch> {
  return {
    send: (batch) => sink.write(batch),
    flush: () => sink.flush(),
    reopen: () => sink.reopen?.(),
    close: () => sink.close(),
  };
}

export function senderOfBackend<B extends ObjectBatch>(backend: Backend): Sender<B> {
  return {
    send: ({ objects }) => backend.write(objects),
    flush: () => backend.flush?.(),
    close: () => backend.close?.(),
  };
}
