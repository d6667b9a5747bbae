// What measure.ts asks of its service, and what the service reports at its end.

/** Label of the log records whose way is timed. */
export const PROBE_EXCHANGE = 'probe';

export interface LoadOrder {
  readonly service: string;
  readonly otlpUrl: string;
  readonly auditOtlpUrl: string;
  readonly recordsPerSecond: number;
  readonly seconds: number;
}

export interface LoadReport {
  readonly records: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly retries: number;
  readonly bytes: number;
  /** Of the whole process, worker included. */
  readonly cpuMillis: number;
}
