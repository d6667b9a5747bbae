/**
 * The table of environment variables: OpenTelemetry's, as its specification names them, and a few of our own. `docs/configuration.md` is held equal to it
 * by a test.
 */
import type { SettingPath, Signal } from './kinds/setting-values.ts';

export interface Variable {
  readonly name: string;
  readonly path: SettingPath;
  /** Holds for this signal only, and wins there over the variable for all. */
  readonly signal?: Signal;
}

export const VARIABLES: readonly Variable[] = [
  { name: 'HFT_ENVIRONMENT', path: 'environment' },
  { name: 'HFT_LOG_LEVEL', path: 'level' },
  { name: 'HFT_LOG_LEVELS', path: 'levels' },
  { name: 'HFT_LOG_FILE', path: 'backends.file.path' },
  { name: 'HFT_AUDIT_FILE', path: 'backends.audit.path' },
  { name: 'HFT_PUSH_GATEWAY_URL', path: 'backends.prometheus.pushGatewayUrl' },
  { name: 'OTEL_SERVICE_NAME', path: 'service.name' },
  { name: 'OTEL_RESOURCE_ATTRIBUTES', path: 'resource' },
  { name: 'OTEL_LOG_LEVEL', path: 'diagnosticLevel' },
  { name: 'OTEL_ATTRIBUTE_COUNT_LIMIT', path: 'attributeCountLimit' },
  { name: 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', path: 'attributeCountLimit' },
  { name: 'OTEL_BLRP_SCHEDULE_DELAY', path: 'flushIntervalMillis' },
  { name: 'OTEL_BLRP_MAX_QUEUE_SIZE', path: 'ringBufferSize' },
  { name: 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', path: 'batchSize' },
  { name: 'OTEL_METRIC_EXPORT_INTERVAL', path: 'backends.otlp.metricsIntervalMillis' },
  { name: 'OTEL_EXPORTER_PROMETHEUS_HOST', path: 'backends.prometheus.host' },
  { name: 'OTEL_EXPORTER_PROMETHEUS_PORT', path: 'backends.prometheus.port' },
  { name: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', path: 'backends.otlp.temporality' },
  ...otlpVariables('OTEL_EXPORTER_OTLP_'),
  ...otlpVariables('OTEL_EXPORTER_OTLP_LOGS_', 'logs'),
  ...otlpVariables('OTEL_EXPORTER_OTLP_METRICS_', 'metrics'),
];

function otlpVariables(prefix: string, signal?: Signal): Variable[] {
  const paths = {
    ENDPOINT: signal === undefined ? 'endpoint' : `${signal}Endpoint`,
    HEADERS: 'headers',
    PROTOCOL: 'protocol',
    TIMEOUT: 'timeoutMillis',
    COMPRESSION: 'compression',
    CERTIFICATE: 'certificate',
    CLIENT_KEY: 'clientKey',
    CLIENT_CERTIFICATE: 'clientCertificate',
  };
  return Object.entries(paths).map(([suffix, name]) => ({
    name: `${prefix}${suffix}`,
    path: `backends.otlp.${name}` as SettingPath,
    ...(signal && { signal }),
  }));
}

/** Read by environment.ts with rules of their own. */
export const SPECIAL_VARIABLES = {
  OTEL_SDK_DISABLED: 'true: every call is a no-op and no worker is started; nothing is recorded, audit events included',
  OTEL_LOGS_EXPORTER: 'list of `otlp`, `console`, `none`: whether logs and audit events go to OTLP; `console` adds that backend',
  OTEL_METRICS_EXPORTER: 'list of `otlp`, `prometheus`, `none`: whether metrics go to OTLP and to Prometheus',
  OTEL_BLRP_EXPORT_TIMEOUT: 'upper bound of `backends.otlp.timeoutMillis` for logs',
  OTEL_METRIC_EXPORT_TIMEOUT: 'upper bound of `backends.otlp.timeoutMillis` for metrics',
  NODE_ENV: '`development`, `production` or `test`: `environment`, when nothing else gives it; other values are ignored',
  NO_COLOR: 'not empty: no colours on the console',
  FORCE_COLOR: 'not empty: colours on the console, unless `0` or `false`; wins over NO_COLOR',
} as const;

/** Variables of the specification that have no effect here, and what to do in their place. They are met with a warning. */
export const UNSUPPORTED_VARIABLES: Readonly<Record<string, string>> = {
  OTEL_CONFIG_FILE: 'give the settings to configureLogging',
  OTEL_EXPERIMENTAL_CONFIG_FILE: 'give the settings to configureLogging',
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: 'values are cut only where a record would be longer than 64 KiB',
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: 'values are cut only where a record would be longer than 64 KiB',
  OTEL_METRICS_EXEMPLAR_FILTER: 'metrics carry no exemplars',
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'OTLP always gets exponential histograms',
};
