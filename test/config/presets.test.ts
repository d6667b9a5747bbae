import { expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { developmentPreset, PRESETS, productionPreset } from '../../src/config/sources/presets.ts';

const enabledIn = (backends: object) =>
  Object.entries(backends)
    .filter(([, backend]) => backend.enabled === true)
    .map(([name]) => name);

test('development: everything on the console, text file from info, Prometheus; small and unhurried', () => {
  const { config } = resolveConfig(developmentPreset(), {});
  expect(config).toMatchObject({
    environment: 'development',
    level: 'debug',
    ringBytes: 1_280_000,
    batchSize: 100,
    flushIntervalMillis: 100,
  });
  expect(config.backends).toMatchObject({
    console: { level: 'trace' },
    file: { level: 'info', format: 'text' },
    prometheus: { pushGatewayUrl: undefined },
  });
  expect(enabledIn(config.backends)).toEqual(['console', 'file', 'audit', 'prometheus']);
  expect(config.warnings).toEqual([]);
});

test('production: daily JSON file from warning, audit file, Prometheus, percentiles', () => {
  const { config } = resolveConfig(productionPreset(), {});
  expect(config).toMatchObject({
    environment: 'production',
    level: 'info',
    ringBytes: 2_560_000,
    batchSize: 500,
    flushIntervalMillis: 10,
  });
  expect(config.backends).toMatchObject({
    file: { level: 'warning', format: 'json', rotation: 'daily' },
    audit: { rotation: 'daily' },
    histogram: { percentiles: [50, 95, 99, 99.9] },
  });
  expect(enabledIn(config.backends)).toEqual(['file', 'audit', 'prometheus', 'histogram']);
  expect(config.warnings).toEqual([]);
});

test('a push gateway may be given', () => {
  const { config } = resolveConfig(productionPreset({ backends: { prometheus: { pushGatewayUrl: 'http://push:9091' } } }), {});
  expect(config.backends.prometheus).toMatchObject({ enabled: true, pushGatewayUrl: 'http://push:9091' });
});

test('overrides win setting by setting, and variables come between', () => {
  const preset = productionPreset({ backends: { file: { level: 'info' }, audit: { enabled: false } } });
  const { config } = resolveConfig(preset, { OTEL_BLRP_SCHEDULE_DELAY: '20', HFT_LOG_LEVEL: 'debug' });
  expect(config.backends.file).toMatchObject({ enabled: true, level: 'info', format: 'json', rotation: 'daily' });
  expect(config.backends.audit.enabled).toBe(false);
  expect(config.flushIntervalMillis).toBe(20);
  expect(config.level).toBe('debug');
});

test('what is named beside a preset runs beside it', () => {
  const { config } = resolveConfig(productionPreset({ backends: { console: { structured: true } } }), {});
  expect(enabledIn(config.backends)).toEqual(['console', 'file', 'audit', 'prometheus', 'histogram']);
});

test.each(Object.entries(PRESETS))('%s holds nothing that the check would refuse', (_name, preset) => {
  expect(() => resolveConfig(preset, {})).not.toThrow();
});
