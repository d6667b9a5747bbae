/**
 * How the worker opens a backend of records: it calls `open` of the backend's folder with tools, and gets a sink or an object backend.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Backend } from '../contract/backend.ts';
import type { Sink } from '../contract/sink.ts';
import type { Encoder, LaneContext } from '../encoders/encoder.ts';
import type { FramesOfLane } from '../read/frames-of-lane.ts';
import type { Lane } from '../record.ts';

/** Makes an encoder for one ring. */
export type MakeEncoder = (source: FramesOfLane, context: LaneContext) => Encoder;

/** Calls the user's code, so that a call that hangs can be named. */
export type RunForeign = <T>(call: () => T | Promise<T>) => Promise<T>;

/** Tools of the worker for a backend. */
export interface RecordTools {
  readonly name: string;
  /** The lane to open, for a backend that splits them: it is opened once for each. Otherwise undefined. */
  readonly lane: Lane | undefined;
  /** Resource attributes of the instance. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
  /** JSON lines, with the number of the instance that counted each record. */
  readonly jsonLines: MakeEncoder;
  /** A port to the thread that made the instance, for a backend whose other half runs there. */
  readonly port: MessagePort | undefined;
  readonly runForeign: RunForeign;
  /** Makes the audit trail's sink. The trail does not belong to the backend alone: callers write it too. */
  openAuditTrail(target: AuditTrailTarget): Promise<Sink>;
  /** The backend calls this when it has reopened its destination. */
  readonly onReopen: () => void;
  /** Reports something about the destination to the operator. The same text is reported once. */
  readonly onWarning: (message: string) => void;
  /** The backend calls this when it knows, before any record, that it does not work. */
  readonly onFailed: (reason: string) => void;
}

export interface AuditTrailTarget {
  readonly path: string;
  readonly rotation: 'none' | 'daily' | 'hourly';
  readonly rotationClock: 'utc' | 'local';
  readonly clockEvidence: boolean;
  readonly witnesses: readonly string[];
}

/** Takes encoded records, from an outbox. */
export interface OpenedBytes {
  readonly sink: Sink;
  readonly encoder: MakeEncoder;
  /** Batches under way at once. Default 1. */
  readonly concurrency?: number;
  /** As in {@link EngineOptions}. Default 0. */
  readonly intervalMillis?: number;
}

/** Takes records as objects. */
export interface OpenedObjects {
  readonly backend: Backend;
  /** Records of a batch. Default: that of the queue (delivery/object-queue.ts). */
  readonly batchRecords?: number;
  /** As in {@link EngineOptions}. Default 0. */
  readonly intervalMillis?: number;
}

export type Opened = OpenedBytes | OpenedObjects;

/** A module that opens a backend. */
export interface Opener<Resolved> {
  open(settings: Resolved, tools: RecordTools): Opened | Promise<Opened>;
}
