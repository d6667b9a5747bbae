/**
 * The pipeline's own metrics, declared once: what they are called, their units and meanings. The documentation and the dashboards are held against this
 * table. Names of OpenTelemetry's semantic conventions ("OpenTelemetry SDK metrics") where they exist.
 */
export const OWN_INSTRUMENTS = {
  processed: {
    name: 'otel.sdk.processor.log.processed',
    kind: 'counter',
    unit: '{log_record}',
    description: 'Records that left the ring, and records refused (error.type)',
  },
  exported: {
    name: 'otel.sdk.exporter.log.exported',
    kind: 'counter',
    unit: '{log_record}',
    description: 'Records that a backend has delivered, and records it has dropped (error.type)',
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
    description: 'Records refused, by lane, level and reason',
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
    description: 'Audit records that callers wrote themselves because their lane was full',
  },
  workerRestarts: {
    name: 'hft.worker.restarts_total',
    kind: 'counter',
    unit: '{restart}',
    description: 'Workers that died and were replaced',
  },
  backendDelivered: {
    name: 'hft.backend.delivered_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records delivered, by backend',
  },
  backendDropped: {
    name: 'hft.backend.dropped_total',
    kind: 'counter',
    unit: '{record}',
    description: 'Records dropped behind the ring, by backend and reason',
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
    description: 'Encoded bytes that wait, by backend',
  },
  backendQueueCapacity: {
    name: 'hft.backend.queue_capacity_bytes',
    kind: 'gauge',
    unit: 'By',
    description: 'Bytes that may wait, by backend',
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
} as const satisfies Record<string, OwnInstrument>;

export interface OwnInstrument {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly unit: string;
  readonly description: string;
}

/** Histogram of the time from a call to the worker's look at its record: one sample for each look at a ring. */
export const DRAIN_DELAY_METRIC = 'hft.drain_delay_us';
