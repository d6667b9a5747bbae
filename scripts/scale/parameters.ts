// What the model reckons with. Put your own figures in: `npm run scale -- --parameters mine.json` takes a file with any of these names.

export interface Parameters {
  /** CPU time of a record at each stage, in µs. Measured: node scripts/scale/measure.ts. Kafka's: what a further record costs one broker, twice for its replicas. */
  readonly agentMicros: number;
  readonly gatewayMicros: number;
  readonly kafkaMicros: number;
  readonly writerMicros: number;
  readonly lokiMicros: number;
  /** Of a record in a Kafka segment, zstd. The demo's records are alike; real ones are taken four times as large. */
  readonly kafkaBytes: number;
  /** Of a record on the wire between gateway and Kafka, and in a gateway's queue, protobuf before compression. */
  readonly protobufBytes: number;
  /** Of a record in Loki's chunks, and of an audit event in a writer's file once that is rotated and gzip'd (1,250 bytes before). */
  readonly lokiBytes: number;
  readonly auditFileBytes: number;
  /** Share of records that are audit events. */
  readonly auditShare: number;
  /** A stage is given so many cores that this much of them is used: above it, waiting grows faster than load. */
  readonly utilisation: number;
  /** Cores of one process of each stage (of an agent: the least that it is given), and what a broker's network card carries, in bytes/s. */
  readonly agentCores: number;
  readonly gatewayCores: number;
  readonly brokerCores: number;
  readonly writerCores: number;
  readonly lokiCores: number;
  readonly brokerNetworkBytes: number;
  /** Largest batch of a gateway, in records, and the spread of its service time (standard deviation ÷ mean). */
  readonly batchRecords: number;
  readonly serviceVariation: number;
  readonly kafkaReplicas: number;
  readonly kafkaRetentionHours: number;
  readonly auditRetentionDays: number;
  readonly lokiRetentionDays: number;
  /** US dollars, list prices of large clouds rounded, November 2026: a core with 4 GiB for an hour; a GB of block and of object storage for a month. */
  readonly coreHourDollars: number;
  readonly blockGbMonthDollars: number;
  readonly objectGbMonthDollars: number;
  /** A GB between zones. Replication and consumers cross two zones of three. */
  readonly zoneGbDollars: number;
}

export const MEASURED: Parameters = {
  agentMicros: 23,
  gatewayMicros: 14,
  kafkaMicros: 12,
  writerMicros: 16,
  lokiMicros: 35,
  kafkaBytes: 56,
  protobufBytes: 230,
  lokiBytes: 75,
  auditFileBytes: 160,
  auditShare: 0.01,
  utilisation: 0.6,
  agentCores: 0.25,
  gatewayCores: 4,
  brokerCores: 8,
  writerCores: 2,
  lokiCores: 8,
  brokerNetworkBytes: 1_250_000_000,
  batchRecords: 3_000,
  serviceVariation: 1,
  kafkaReplicas: 3,
  kafkaRetentionHours: 24,
  auditRetentionDays: 365,
  lokiRetentionDays: 31,
  coreHourDollars: 0.045,
  blockGbMonthDollars: 0.08,
  objectGbMonthDollars: 0.023,
  zoneGbDollars: 0.02,
};
