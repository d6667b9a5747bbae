/**
 * What a backend of records is opened with, in the worker, and what it gives back. The function `open` in its folder does it.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Backend } from '../contract/backend.ts';
import type { Sink } from '../contract/sink.ts';
import type { Encoder, LaneContext } from '../encoders/encoder.ts';
import type { LaneSource } from '../read/lane-source.ts';
import type { Lane } from '../record.ts';

/** Makes an encoder for one ring. */
export type MakeEncoder = (source: LaneSource, context: LaneContext) => Encoder;

/** Calls code of the user's, and lets go of it when it hangs. */
export type RunForeign = <T>(call: () => T | Promise<T>) => Promise<T>;

/** What the worker lends to a backend. */
export interface RecordTools {
  readonly name: string;
  /** The lane to open, for a backend that splits them: it is opened once for each. Otherwise undefined. */
  readonly lane: Lane | undefined;
  /** Resource attributes of the instance. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
  /** JSON lines, with the number of the instance that counted each record. */
  readonly jsonLines: MakeEncoder;
  /** To the thread that made the instance, for a backend whose other half lives there. */
  readonly port: MessagePort | undefined;
  readonly runForeign: RunForeign;
  /** The audit trail's own sink: the trail is written by callers too, and belongs to no backend. */
  openAuditTrail(target: AuditTrailTarget): Sink;
  /** To be called when the destination was opened again. */
  readonly onReopen: () => void;
  /** Something about the destination that an operator should know. What was said before is not said again. */
  readonly onWarning: (message: string) => void;
  /** To be called when it is known before any record that the backend does not work. */
  readonly onFailed: (reason: string) => void;
}

export interface AuditTrailTarget {
  readonly path: string;
  readonly rotation: 'none' | 'daily' | 'hourly';
  readonly rotationClock: 'utc' | 'local';
}

/** Takes encoded records, from an outbox. */
export interface OpenedBytes {
  readonly sink: Sink;
  readonly encoder: MakeEncoder;
  /** Batches under way at once. Default 1. */
  readonly concurrency?: number;
}

/** Takes records as objects. */
export interface OpenedObjects {
  readonly backend: Backend;
  /** Records of a batch. Default: that of the queue (delivery/object-queue.ts). */
  readonly batchRecords?: number;
}

export type Opened = OpenedBytes | OpenedObjects;

/** A module that opens a backend. */
export interface Opener<Resolved> {
  open(settings: Resolved, tools: RecordTools): Opened | Promise<Opened>;
}
