/**
 * The two presets: readable output for a developer, and files for a service in production.
 */
import type { LoggingConfig } from '../types.ts';

export const PRESETS: Readonly<Record<NonNullable<LoggingConfig['preset']>, LoggingConfig>> = {
  development: {
    environment: 'development',
    level: 'debug',
    // Less memory for a developer's machine. A reader sees no delay at a tenth of a second.
    ringBufferSize: 5_000,
    batchSize: 100,
    flushIntervalMillis: 100,
    control: { enabled: true },
    backends: {
      console: { enabled: true },
      file: { enabled: true, level: 'info', path: 'logs/app.log', format: 'text' },
      audit: { enabled: true },
      prometheus: { enabled: true },
    },
  },
  production: {
    environment: 'production',
    level: 'info',
    ringBufferSize: 10_000,
    batchSize: 500,
    flushIntervalMillis: 10,
    persistence: { enabled: true },
    control: { enabled: true },
    backends: {
      file: { enabled: true, level: 'warning', path: 'logs/app.jsonl', format: 'json', rotation: 'daily' },
      audit: { enabled: true },
      prometheus: { enabled: true },
      histogram: { enabled: true, percentiles: [50, 95, 99, 99.9] },
    },
  },
};

/** For {@link ../../process/factories.ts setupDevelopmentLogging}: coloured console from debug up, text file from info up, audit file, Prometheus. */
export function developmentPreset(overrides: LoggingConfig = {}): LoggingConfig {
  return withPreset('development', overrides);
}

/** For {@link ../../process/factories.ts setupProductionLogging}: daily JSON file from warning up, audit file, Prometheus, percentiles. */
export function productionPreset(overrides: LoggingConfig = {}): LoggingConfig {
  return withPreset('production', overrides);
}

/** Copies properties without reading them: the check finds a getter that throws, together with all other problems. */
function withPreset(preset: NonNullable<LoggingConfig['preset']>, overrides: LoggingConfig): LoggingConfig {
  if (typeof overrides !== 'object' || overrides === null) return overrides;
  try {
    return Object.defineProperties({ preset } as LoggingConfig, Object.getOwnPropertyDescriptors(overrides));
  } catch {
    return overrides;
  }
}
