/**
 * The public entry: the only names that users import from `hft-otel`. `configureLogging` or a preset makes the default instance. The factories (`getLogger` …)
 * return its loggers, also before there is an instance. `createLogging` makes a separate instance.
 */

export type {
  AuditTreeHealth,
  BackendHealth,
  BackendState,
  ClockHealth,
  FlushReport,
  Health,
  HFTLogger,
  KeptRecords,
  LaneHealth,
  Logging,
  MetricsHealth,
  WitnessHealth,
} from './caller/api.ts';
export { LoggingTimer } from './caller/timer.ts';
export type * from './config/types.ts';
export type { Backend, BackendContext, BackendFactory, LogRecordData, Outcome } from './contract/backend.ts';
export type { BridgeFunction, BridgeLogger, BridgeTarget } from './contract/bridge-target.ts';
export { ConfigError, type ConfigIssue, type ErrorCode, HftError } from './errors.ts';
export type {
  BucketCounts,
  MetricSnapshot,
  MetricsSnapshot,
  PercentileRow,
  PercentileValues,
} from './health/metrics-snapshot.ts';
export { createLogging } from './logging.ts';
export type { BoundCounter, BoundGauge, BoundHistogram } from './meter/meter.ts';
export {
  configureLogging,
  currentLogging,
  flushLogging,
  getExchangeLogger,
  getLogger,
  getStrategyLogger,
  resetLogging,
  setupDevelopmentLogging,
  setupProductionLogging,
  shutdownLogging,
} from './process/factories.ts';
export type { Fields, Lane, Level, LevelName, Tags, TagsOf, TagValue } from './record.ts';
export type * from './settings/vocabulary.ts';
