/**
 * Environment variables that do not map to a single setting. The rows of the settings name all others.
 */

/** Read by environment.ts with rules of their own. */
export const SPECIAL_VARIABLES = {
  OTEL_SDK_DISABLED: 'true: every call does nothing and no worker is started. Nothing is recorded, not even audit events',
  OTEL_LOGS_EXPORTER:
    'list of `otlp`, `console`, `none`: whether logs and audit events go to OTLP; `console` adds the console backend',
  OTEL_METRICS_EXPORTER: 'list of `otlp`, `prometheus`, `none`: whether metrics go to OTLP and to Prometheus',
  OTEL_BLRP_EXPORT_TIMEOUT: 'upper bound of `backends.otlp.timeoutMillis` for logs',
  OTEL_METRIC_EXPORT_TIMEOUT: 'upper bound of `backends.otlp.timeoutMillis` for metrics',
  NODE_ENV: '`development`, `production` or `test`: `environment`, if nothing else sets it; other values are ignored',
  NO_COLOR: 'not empty: no colours on the console',
  FORCE_COLOR: 'not empty: colours on the console, unless `0` or `false`; overrides NO_COLOR',
} as const;

/** Variables of the specification that have no effect here, each with an alternative. Setting one is a warning. */
export const UNSUPPORTED_VARIABLES: Readonly<Record<string, string>> = {
  OTEL_CONFIG_FILE: 'give the settings to configureLogging',
  OTEL_EXPERIMENTAL_CONFIG_FILE: 'give the settings to configureLogging',
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: 'values are cut only where a record would be longer than 64 KiB',
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: 'values are cut only where a record would be longer than 64 KiB',
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'set backends.otlp.histograms',
};
