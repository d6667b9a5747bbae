/**
 * The paths of all settings and the type of each, derived from the configuration's type: a setting that a table leaves out is a type error.
 */

import type { Level } from '../../record.ts';
import type {
  AuditConfig,
  BridgeConfig,
  ConsoleConfig,
  FileConfig,
  HistogramConfig,
  LoggingConfig,
  MemoryConfig,
  OtlpConfig,
  PrometheusConfig,
  ServiceConfig,
} from '../types.ts';

type Prefixed<Section, Prefix extends string> = {
  readonly [Key in keyof Section & string as `${Prefix}${Key}`]-?: NonNullable<Section[Key]>;
};

/** Path → type of the value, for example `backends.file.keep` → number. A user's own backends are not settings of ours. */
export type SettingValues = Prefixed<Omit<LoggingConfig, 'service' | 'overflow' | 'backends'>, ''> &
  Prefixed<ServiceConfig, 'service.'> &
  Prefixed<Readonly<Record<Level, number>>, 'overflow.'> &
  Prefixed<ConsoleConfig, 'backends.console.'> &
  Prefixed<FileConfig, 'backends.file.'> &
  Prefixed<AuditConfig, 'backends.audit.'> &
  Prefixed<PrometheusConfig, 'backends.prometheus.'> &
  Prefixed<HistogramConfig, 'backends.histogram.'> &
  Prefixed<OtlpConfig, 'backends.otlp.'> &
  Prefixed<BridgeConfig, 'backends.bridge.'> &
  Prefixed<MemoryConfig, 'backends.memory.'>;

export type SettingPath = keyof SettingValues;

/** OpenTelemetry's signals, as its variables tell them apart. Audit events are logs. */
export type Signal = 'logs' | 'metrics';

/** The backends that this package brings, in the order of their bits in routing masks; a user's own come after them. */
export const BUILT_IN_BACKENDS = ['console', 'file', 'audit', 'otlp', 'bridge', 'memory', 'prometheus', 'histogram'] as const;

/** Backends that take metrics and no records: no route leads to them. */
export const METRIC_BACKENDS: readonly string[] = ['prometheus', 'histogram'];
