/**
 * The OTLP backend's settings: endpoints by signal, and a transport for each.
 */
import { DEFAULT_OTLP_ENDPOINT } from './defaults.ts';
import type { Signal } from './kinds/setting-values.ts';
import type { Layer } from './layer.ts';
import type { OtlpTransport, ResolvedOtlp } from './resolved.ts';
import type { Sources } from './sources.ts';

/** Tells a collector the lanes apart when both come to the same address. */
const AUDIT_LANE_HEADER = { 'x-hft-lane': 'audit' };

export function resolveOtlp(sources: Sources): ResolvedOtlp {
  const wanted = sources.given('backends.otlp.enabled');
  const logsEndpoint = wanted === false ? undefined : endpointOf('logs', sources);
  const metricsEndpoint = wanted === false ? undefined : endpointOf('metrics', sources);
  const logs = transportOf('logs', sources);
  return {
    enabled: logsEndpoint !== undefined || metricsEndpoint !== undefined,
    logsEndpoint,
    auditEndpoint: logsEndpoint && (sources.given('backends.otlp.auditEndpoint') ?? logsEndpoint),
    ...logs,
    auditHeaders: { ...AUDIT_LANE_HEADER, ...logs.headers, ...sources.joined('backends.otlp.auditHeaders') },
    metrics: metricsEndpoint === undefined ? undefined : { endpoint: metricsEndpoint, ...transportOf('metrics', sources) },
    level: sources.value('backends.otlp.level'),
    queueBytes: sources.value('backends.otlp.queueBytes'),
    maxRequestBytes: sources.value('backends.otlp.maxRequestBytes'),
    concurrency: sources.value('backends.otlp.concurrency'),
    metricsIntervalMillis: sources.value('backends.otlp.metricsIntervalMillis'),
    temporality: sources.value('backends.otlp.temporality'),
  };
}

/** Of the sources in order, the first that has an endpoint, its signal's own before its base. */
function endpointOf(signal: Signal, sources: Sources): string | undefined {
  const { code, variables, preset } = sources;
  const own = signal === 'logs' ? 'backends.otlp.logsEndpoint' : 'backends.otlp.metricsEndpoint';
  const ofLayer = ({ values }: Layer) =>
    (values.get(own) ?? appended(values.get('backends.otlp.endpoint'), signal)) as string | undefined;
  const fromCode = ofLayer(code);
  if (fromCode !== undefined) return fromCode;
  const exporters = variables.exporters[signal];
  if (exporters !== undefined && !exporters.includes('otlp')) return undefined;
  const found = (variables.signals[signal].get(own) as string | undefined) ?? ofLayer(variables) ?? ofLayer(preset);
  if (found !== undefined) return found;
  const asked = exporters !== undefined || (sources.given('backends.otlp.enabled') === true && !hasAnyEndpoint(sources));
  return asked ? appended(DEFAULT_OTLP_ENDPOINT, signal) : undefined;
}

/** An endpoint for one signal alone means that signal alone. */
function hasAnyEndpoint({ code, variables, preset }: Sources): boolean {
  const paths = ['backends.otlp.endpoint', 'backends.otlp.logsEndpoint', 'backends.otlp.metricsEndpoint'] as const;
  const layers = [code.values, variables.values, variables.signals.logs, variables.signals.metrics, preset.values];
  return layers.some((values) => paths.some((path) => values.has(path)));
}

/** OTLP exporter specification: relative to the base address, whose own path is kept. */
function appended(base: unknown, signal: Signal): string | undefined {
  return typeof base === 'string' ? `${base.replace(/\/+$/, '')}/v1/${signal}` : undefined;
}

function transportOf(signal: Signal, sources: Sources): OtlpTransport {
  const timeoutMillis = sources.value('backends.otlp.timeoutMillis', signal);
  const bound = sources.code.values.has('backends.otlp.timeoutMillis') ? undefined : sources.variables.exportTimeouts[signal];
  return {
    protocol: sources.value('backends.otlp.protocol', signal),
    headers: sources.joined('backends.otlp.headers', signal),
    compression: sources.value('backends.otlp.compression', signal),
    timeoutMillis: Math.min(timeoutMillis, bound ?? timeoutMillis),
    certificate: sources.given('backends.otlp.certificate', signal),
    clientCertificate: sources.given('backends.otlp.clientCertificate', signal),
    clientKey: sources.given('backends.otlp.clientKey', signal),
  };
}
