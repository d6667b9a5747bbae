/** The part of a resolved configuration that the metrics room reads. */
import type { ResolvedSections } from '../../../src/backends/built-in.ts';
import type { ResolvedConfig } from '../../../src/config/resolved.ts';

export interface MetricsConfig {
  readonly prometheus?: Partial<ResolvedSections['prometheus']>;
  readonly histogram?: Partial<ResolvedSections['histogram']>;
  /** Complete URL; undefined: no OTLP. */
  readonly otlpEndpoint?: string;
  readonly histograms?: ResolvedConfig['backends']['otlp']['histograms'];
}

export function metricsConfig({ prometheus, histogram, otlpEndpoint, histograms }: MetricsConfig): ResolvedConfig {
  const transport = { protocol: 'http/protobuf', headers: {}, compression: 'none', timeoutMillis: 500 };
  return {
    resource: { 'service.name': 'trader' },
    instanceId: 'i-1',
    cardinalityLimit: 2000,
    metrics: [],
    backends: {
      console: { enabled: false, structured: true, stream: 'stdout' },
      prometheus: {
        enabled: false,
        host: '127.0.0.1',
        port: 9464,
        endpoint: '/metrics',
        pushGatewayUrl: undefined,
        pushIntervalMillis: 60_000,
        jobName: 'trader',
        deleteOnShutdown: false,
        allowedHosts: [],
        ...prometheus,
      },
      histogram: {
        enabled: false,
        percentiles: [50, 99],
        intervalMillis: 60_000,
        windowMillis: 60_000,
        format: 'table',
        gauges: false,
        ...histogram,
      },
      otlp: {
        enabled: otlpEndpoint !== undefined,
        metrics: otlpEndpoint === undefined ? undefined : { ...transport, endpoint: otlpEndpoint },
        metricsIntervalMillis: 60_000,
        temporality: 'cumulative',
        histograms: histograms ?? 'both',
      },
    },
  } as unknown as ResolvedConfig;
}
