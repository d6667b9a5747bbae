/**
 * For each setting a value that is allowed and is not its default.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SettingPath, SettingValues } from '../../src/config/settings.ts';
import type { LoggingConfig } from '../../src/config/types.ts';

/** Any file that is there. */
const FILE = fileURLToPath(import.meta.url);

export const SAMPLES: { readonly [Path in SettingPath]: SettingValues[Path] } = {
  preset: 'production',
  environment: 'production',
  resource: { 'cloud.region': 'ap-northeast-1', shard: 3, canary: true },
  'service.name': 'gateway',
  'service.version': '1.2.3',
  'service.namespace': 'trading',
  'service.instanceId': 'gw-1',
  ringBufferSize: 20_000,
  batchSize: 250,
  flushIntervalMillis: 5,
  'overflow.trace': 0.2,
  'overflow.debug': 0.25,
  'overflow.info': 0.6,
  'overflow.warning': 0.8,
  'overflow.error': 0.95,
  'overflow.fatal': 0.99,
  level: 'error',
  levels: { 'strategy.*': 'error' },
  redact: ['...', 'iban'],
  redactTexts: false,
  routes: [
    { when: { level: ['error'], type: 'logs', tags: ['a'], logger: 'x.*', environment: ['test'] }, to: ['memory'], final: true },
  ],
  routesMode: 'replace',
  metrics: [{ match: '*_bytes', aggregation: 'histogram', buckets: [1, 10, 100], tags: ['exchange'] }],
  attributeCountLimit: 32,
  cardinalityLimit: 500,
  sampling: [{ logger: 'feed.*', upTo: 'warning', first: 5, every: 0, perMillis: 500, traces: 0.25 }],
  exemplars: 'always_off',
  'blackBox.records': 200,
  'persistence.enabled': true,
  'persistence.directory': join(tmpdir(), 'hft-otel-samples', 'runs'),
  'control.enabled': true,
  'control.directory': join(tmpdir(), 'hft-samples-control'),
  'page.port': 9465,
  'page.host': '::1',
  'page.token': 'a-token-of-a-test-0123456789',
  'page.allowedHosts': ['gateway.example.com'],
  exitTimeoutMillis: 1_000,
  handleExits: false,
  diagnosticLevel: 'none',
  'backends.console.enabled': true,
  'backends.console.level': 'error',
  'backends.console.failover': ['file'],
  'backends.console.colored': true,
  'backends.console.structured': false,
  'backends.console.stream': 'stderr',
  'backends.console.bufferBytes': 1_048_576,
  'backends.file.enabled': true,
  'backends.file.level': 'error',
  'backends.file.failover': ['console'],
  'backends.file.path': join(tmpdir(), 'hft-otel-samples', 'app.log'),
  'backends.file.format': 'text',
  'backends.file.rotation': { bytes: 1_048_576 },
  'backends.file.rotationClock': 'local',
  'backends.file.keep': 7,
  'backends.file.bufferBytes': 1_048_576,
  'backends.audit.enabled': true,
  'backends.audit.level': 'error',
  'backends.audit.failover': ['file'],
  'backends.audit.path': join(tmpdir(), 'hft-otel-samples', 'audit.jsonl'),
  'backends.audit.clockEvidence': true,
  'backends.audit.witnesses': ['http://127.0.0.1:8732', 'http://127.0.0.1:8733'],
  'backends.audit.witnessQuorum': 2,
  'backends.audit.signingKey': fileURLToPath(import.meta.url),
  'backends.audit.format': 'json',
  'backends.audit.rotation': 'hourly',
  'backends.audit.rotationClock': 'local',
  'backends.audit.bufferBytes': 1_048_576,
  'backends.prometheus.enabled': true,
  'backends.prometheus.host': '::1',
  'backends.prometheus.port': 0,
  'backends.prometheus.endpoint': '/prom/metrics',
  'backends.prometheus.allowedHosts': ['metrics.example.com', '*.example.net'],
  'backends.prometheus.pushGatewayUrl': 'http://user:password@push.example:9091',
  'backends.prometheus.pushIntervalMillis': 5_000,
  'backends.prometheus.jobName': 'gateway-job',
  'backends.prometheus.deleteOnShutdown': true,
  'backends.histogram.enabled': true,
  'backends.histogram.percentiles': [90],
  'backends.histogram.intervalMillis': 1_000,
  'backends.histogram.windowMillis': 10_000,
  'backends.histogram.stream': 'stderr',
  'backends.histogram.format': 'json',
  'backends.histogram.gauges': true,
  'backends.otlp.enabled': true,
  'backends.otlp.endpoint': 'https://collector.example:4318/base',
  'backends.otlp.endpoints': ['https://one.example/otlp', 'https://other.example'],
  'backends.otlp.spool.enabled': true,
  'backends.otlp.spool.directory': '/var/spool/gateway',
  'backends.otlp.spool.maxBytes': 100_000_000,
  'backends.otlp.spool.auditMaxBytes': 200_000_000,
  'backends.otlp.logsEndpoint': 'https://logs.example/otlp/v1/logs?tenant=1',
  'backends.otlp.metricsEndpoint': 'https://metrics.example/api/v1/otlp',
  'backends.otlp.auditEndpoint': 'https://audit.example/v1/logs',
  'backends.otlp.protocol': 'http/json',
  'backends.otlp.headers': { Authorization: 'Bearer abc', 'X-Scope-OrgID': 'desk 1' },
  'backends.otlp.auditHeaders': { 'x-audit': 'yes' },
  'backends.otlp.compression': 'gzip',
  'backends.otlp.timeoutMillis': 2_000,
  'backends.otlp.level': 'warning',
  'backends.otlp.failover': ['file'],
  'backends.otlp.certificate': FILE,
  'backends.otlp.clientCertificate': FILE,
  'backends.otlp.clientKey': FILE,
  'backends.otlp.queueBytes': 4_194_304,
  'backends.otlp.maxRequestBytes': 524_288,
  'backends.otlp.concurrency': 2,
  'backends.otlp.requestIntervalMillis': 250,
  'backends.otlp.metricsIntervalMillis': 10_000,
  'backends.otlp.temporality': 'delta',
  'backends.otlp.deadLetters': '/var/log/gateway/dead.jsonl',
  'backends.otlp.histograms': 'explicit',
  'backends.bridge.enabled': false,
  'backends.bridge.level': 'error',
  'backends.bridge.failover': ['file'],
  'backends.bridge.target': () => {},
  'backends.memory.enabled': false,
  'backends.memory.level': 'error',
  'backends.memory.failover': ['file'],
  'backends.memory.capacity': 5,
};

/** A configuration of the values at these paths. */
export function configOf(values: Partial<Record<SettingPath, unknown>>): LoggingConfig {
  const config: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('.');
    const last = names.pop()!;
    let section = config;
    for (const name of names) {
      section[name] ??= {};
      section = section[name] as Record<string, unknown>;
    }
    section[last] = value;
  }
  return config as LoggingConfig;
}
