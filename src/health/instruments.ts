/**
 * The pipeline's own metrics, declared once: their names, units and meanings. Tests hold the documentation and the dashboards against this table. Names of
 * OpenTelemetry's semantic conventions ("OpenTelemetry SDK metrics") where they exist.
 */
export const OWN_INSTRUMENTS = {
  created: {
    name: 'otel.sdk.log.created',
    kind: 'counter',
    unit: '{log_record}',
    description: 'Records that calls have offered to a ring',
  },
  processed: {
    name: 'otel.sdk.processor.log.processed',
    kind: 'counter',
    unit: '{log_record}',
    description: 'Records that left the rings, and records that a ring refused (with error.type)',
  },
  queueSize: {
    name: 'otel.sdk.processor.log.queue.size',
    kind: 'updown',
    unit: '{log_record}',
    description: 'Records in the rings',
  },
  exported: {
    name: 'otel.sdk.exporter.log.exported',
    kind: 'counter',
    unit: '{log_record}',
    description: 'Records that a backend has delivered, and records that it has dropped (with error.type)',
  },
  inflight: {
    name: 'otel.sdk.exporter.log.inflight',
    kind: 'updown',
    unit: '{log_record}',
    description: 'Records that a backend has taken and not yet delivered or dropped',
  },
  accepted: {
    name: 'hft.log.accepted_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records taken into a ring, by lane',
  },
  dropped: {
    name: 'hft.log.dropped_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records that a ring refused, by lane, level and reason',
  },
  unrouted: {
    name: 'hft.log.unrouted_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records that went to no backend, by lane and level',
  },
  sampledOut: {
    name: 'hft.log.sampled_out_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records that sampling has left out, by level',
  },
  ringFill: { name: 'hft.ring.fill_ratio', kind: 'gauge', unit: '1', description: 'Share of the fullest ring in use, by lane' },
  ringHighWater: {
    name: 'hft.ring.high_water_ratio',
    kind: 'gauge',
    unit: '1',
    description: 'Largest share of a ring in use so far, by lane',
  },
  auditSequence: {
    name: 'hft.audit.sequence',
    kind: 'gauge',
    unit: '{record}',
    description: 'Number of the newest audit record',
  },
  writtenThrough: {
    name: 'hft.audit.written_through_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Audit records that callers wrote to the file themselves because their ring was full',
  },
  auditLines: {
    name: 'hft.audit.tree.lines',
    kind: 'gauge',
    unit: '{line}',
    description: 'Lines of the run that are in the tree over its audit files',
  },
  auditCheckpointed: {
    name: 'hft.audit.tree.checkpointed_lines',
    kind: 'gauge',
    unit: '{line}',
    description: 'Lines of the run that the last checkpoint covers, by whether checkpoints are signed',
  },
  auditCheckpointAge: {
    name: 'hft.audit.tree.checkpoint_age_seconds',
    kind: 'gauge',
    unit: 's',
    description: 'Time since the last checkpoint of the audit trail',
  },
  auditCosigned: {
    name: 'hft.audit.witness.cosigned_lines',
    kind: 'gauge',
    unit: '{line}',
    description: 'Lines of the run that a witness has cosigned, by witness',
  },
  auditCosignedAge: {
    name: 'hft.audit.witness.cosigned_age_seconds',
    kind: 'gauge',
    unit: 's',
    description: 'Time since a witness has cosigned a checkpoint of the run, by witness',
  },
  auditCosignedByQuorum: {
    name: 'hft.audit.tree.cosigned_lines',
    kind: 'gauge',
    unit: '{line}',
    description: 'Lines of the run that a quorum of witnesses has cosigned',
  },
  clockOffset: {
    name: 'hft.clock.offset_seconds',
    kind: 'gauge',
    unit: 's',
    description: 'Correction that the machine’s clock still needs, by source: adjtimex, chrony',
  },
  clockMaxError: {
    name: 'hft.clock.max_error_seconds',
    kind: 'gauge',
    unit: 's',
    description: 'Largest possible error of the machine’s clock against UTC, by source',
  },
  clockSynchronised: {
    name: 'hft.clock.synchronised',
    kind: 'gauge',
    unit: '1',
    description: '1: the machine’s clock is synchronised; 0: it is not, or that is unknown',
  },
  workerRestarts: {
    name: 'hft.worker.restarts_total',
    kind: 'counter',
    unit: '{restart}',
    description: 'Workers that died and were replaced',
  },
  memoryMapped: {
    name: 'hft.memory.mapped',
    kind: 'gauge',
    unit: '1',
    description: '1: undelivered records are in files that outlive the process; 0: in memory that ends with it',
  },
  recoveredRuns: {
    name: 'hft.recovery.runs_total',
    kind: 'counter',
    unit: '{run}',
    description: 'Runs of killed processes that were found, by outcome: recovered, damaged',
  },
  recoveredRecords: {
    name: 'hft.recovery.records_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records of killed processes that were taken over, by source: ring (and lane), queue',
  },
  backendDelivered: {
    name: 'hft.backend.delivered_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records delivered, by backend; of metric backends: scrapes, pushes, exports',
  },
  backendDropped: {
    name: 'hft.backend.dropped_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records dropped after they left the ring, by backend, reason, lane and level',
  },
  backendRetries: {
    name: 'hft.backend.retries_total',
    kind: 'counter',
    unit: '{attempt}',
    description: 'Writes and requests refused and offered again, by backend',
  },
  backendState: { name: 'hft.backend.state', kind: 'gauge', unit: '1', description: '0 ok, 1 degraded, 2 failed, by backend' },
  backendQueue: {
    name: 'hft.backend.queue_bytes',
    kind: 'gauge',
    unit: 'By',
    description: 'Encoded bytes that wait, by backend, and by lane where it has a queue for each',
  },
  backendQueueCapacity: {
    name: 'hft.backend.queue_capacity_bytes',
    kind: 'gauge',
    unit: 'By',
    description: 'Bytes that may wait, by backend, and by lane where it has a queue for each',
  },
  circuitState: {
    name: 'hft.backend.circuit_state',
    kind: 'gauge',
    unit: '1',
    description: 'Circuit breaker: 0 closed, 1 half open, 2 open, by backend and lane',
  },
  spoolRecords: {
    name: 'hft.backend.spool_records',
    kind: 'gauge',
    unit: '{record}',
    description: 'Records that wait on disk, by backend and lane',
  },
  spoolBytes: {
    name: 'hft.backend.spool_bytes',
    kind: 'gauge',
    unit: 'By',
    description: 'Bytes of the files in which records wait, by backend and lane',
  },
  spoolCapacity: {
    name: 'hft.backend.spool_capacity_bytes',
    kind: 'gauge',
    unit: 'By',
    description: 'Bytes that may wait on disk, by backend and lane',
  },
  spoolAge: {
    name: 'hft.backend.spool_age_seconds',
    kind: 'gauge',
    unit: 's',
    description: 'Time that the oldest record has waited on disk, by backend and lane; 0 if none waits',
  },
  restored: {
    name: 'hft.backend.restored_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records that an earlier run left on disk, by backend',
  },
  checkpointCopies: {
    name: 'hft.backend.checkpoints_total',
    kind: 'counter',
    unit: '{checkpoint}',
    description: 'Copies of audit checkpoints sent with the records, by backend; no other metric counts them',
  },
  failedOver: {
    name: 'hft.backend.failed_over_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records that went to the failover backends instead, by the backend that they were meant for',
  },
  seriesRejected: {
    name: 'hft.metrics.rejected_total',
    kind: 'counter',
    unit: '{measurement}',
    description: 'Measurements that could not be recorded, by reason',
  },
  seriesOverflowed: {
    name: 'hft.metrics.overflowed_total',
    kind: 'counter',
    unit: '{measurement}',
    description: 'Measurements that went to an overflow series',
  },
  seriesMerged: {
    name: 'hft.metrics.overflowed_series',
    kind: 'updown',
    unit: '{series}',
    description: 'Series that went to an overflow series because all threads together exceeded the limit of an instrument',
  },
} as const satisfies Record<string, OwnInstrument>;

export interface OwnInstrument {
  readonly name: string;
  readonly kind: 'counter' | 'updown' | 'gauge';
  readonly unit: string;
  readonly description: string;
}

/** From a nanosecond that no call is made in to a second that no call may take; close together where calls are. */
const CALL_NANOS = [
  10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 750, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7, 1e8, 1e9,
] as const;

/** Distributions. Without `bounds` of their own, they have the ladder of durations (series/bounds.ts). */
export const OWN_HISTOGRAMS = {
  callDuration: {
    name: 'hft.call.duration_ns',
    unit: 'ns',
    description: 'Time inside a logging call, by lane: a sample of the calls',
    bounds: CALL_NANOS,
  },
  drainDelay: {
    name: 'hft.drain_delay_us',
    unit: 'us',
    description: 'Time from a call until the worker reads its record: the oldest record of each pass over a ring',
  },
  deliveryDelay: {
    name: 'hft.delivery_delay_us',
    unit: 'us',
    description: 'Time from a call until the destination has taken its record, by backend: the oldest record of each batch',
  },
  operationDuration: {
    name: 'otel.sdk.exporter.operation.duration',
    unit: 's',
    description: 'Time from a write or a request to its answer, by backend, and by error.type if it failed',
  },
} as const satisfies Record<string, OwnHistogram>;

export interface OwnHistogram {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly bounds?: readonly number[];
}
