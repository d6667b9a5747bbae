/**
 * The Prometheus backend: metrics to be scraped, served by the worker, so that a scrape is answered while the application's event loop is blocked.
 *
 *   new PrometheusBackend({ producers, host?, port?, endpoint?, onConflict? })
 *   start(), flush(), close(), state(), port
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import { type MetricsBackend, MetricsBackendAccount, type MetricsBackendState } from './metrics-backend.ts';
import { ScrapeServer } from './prometheus-server.ts';
import { EXPOSITION_CONTENT_TYPE, exposition } from './prometheus-text.ts';

/** OTEL_EXPORTER_PROMETHEUS_HOST's and _PORT's defaults (OpenTelemetry, environment variable specification): this machine only. */
export const DEFAULT_PROMETHEUS_HOST = '127.0.0.1';
export const DEFAULT_PROMETHEUS_PORT = 9464;
export const DEFAULT_PROMETHEUS_ENDPOINT = '/metrics';
/** Pause before an address that could not be had is tried again: a service that is restarted gives its port up within seconds. */
const LISTEN_AGAIN_MILLIS = 5_000;

export interface PrometheusBackendOptions {
  /** Where metrics come from. The first one's resource is told as `target_info`. One that throws is left out of the scrape. */
  readonly producers: readonly MetricProducer[];
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly endpoint?: string;
  /** Called for each metric that is left out because its Prometheus name belongs to another one; once a name. */
  readonly onConflict?: (name: string) => void;
  readonly listenAgainMillis?: number;
}

export class PrometheusBackend implements MetricsBackend {
  readonly #exporter: ScrapeExporter;
  readonly #options: PrometheusBackendOptions;
  readonly #account = new MetricsBackendAccount();
  #server: ScrapeServer | undefined;
  #again: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: PrometheusBackendOptions) {
    this.#options = options;
    this.#exporter = new ScrapeExporter(options.producers, options.onConflict);
  }

  /** The port listened on; 0 while there is none. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  async start(): Promise<void> {
    const {
      host = DEFAULT_PROMETHEUS_HOST,
      port = DEFAULT_PROMETHEUS_PORT,
      endpoint = DEFAULT_PROMETHEUS_ENDPOINT,
    } = this.#options;
    const server = new ScrapeServer({
      host,
      port,
      endpoint: endpoint.startsWith('/') ? endpoint : `/${endpoint}`,
      page: async () => ({ contentType: EXPOSITION_CONTENT_TYPE, body: await this.#exporter.exposition() }),
      onServed: (error) => {
        if (error === undefined) this.#account.succeed();
        else this.#account.fail('degraded', error.message);
      },
    });
    try {
      await server.listen();
      if (this.#isClosed) return server.close();
      this.#server = server;
      this.#account.recover();
    } catch (error) {
      this.#account.fail('failed', listenMessage(error as NodeJS.ErrnoException, host, port));
      if (!this.#isClosed)
        this.#again = setTimeout(() => void this.start(), this.#options.listenAgainMillis ?? LISTEN_AGAIN_MILLIS).unref();
    }
  }

  /** Prometheus comes and gets it: there is nothing to send. */
  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#again);
    await this.#server?.close();
  }

  state(): MetricsBackendState {
    return this.#account.read();
  }
}

/**
 * OpenTelemetry's exporter, with our server in front of it and our text behind it: its own appends suffixes that no other path does, and stops at a
 * producer that throws.
 */
export class ScrapeExporter extends PrometheusExporter {
  readonly #conflicts = new Set<string>();
  readonly #onConflict: ((name: string) => void) | undefined;

  constructor(producers: readonly MetricProducer[], onConflict?: (name: string) => void) {
    super({ preventServerStart: true });
    this.setMetricProducer({ collect: () => collectAll(producers) });
    this.#onConflict = onConflict;
  }

  async exposition(): Promise<string> {
    const { resourceMetrics } = await this.collect();
    return exposition(resourceMetrics, {
      onConflict: (name) => {
        if (this.#conflicts.has(name)) return;
        this.#conflicts.add(name);
        this.#onConflict?.(name);
      },
    });
  }

  override getMetricsRequestHandler(_request: IncomingMessage, response: ServerResponse): void {
    this.exposition().then(
      (body) => {
        response.setHeader('Content-Type', EXPOSITION_CONTENT_TYPE);
        response.end(body);
      },
      (error: Error) => {
        response.statusCode = 500;
        response.end(`The metrics could not be collected: ${error.message}\n`);
      },
    );
  }
}

/** What all producers have; of one that throws, the error. */
async function collectAll(producers: readonly MetricProducer[]): Promise<CollectionResult> {
  const results = await Promise.allSettled(producers.map(async (producer) => producer.collect()));
  const collected = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return {
    resourceMetrics: {
      resource: collected[0]?.resourceMetrics.resource ?? emptyResource(),
      scopeMetrics: collected.flatMap(({ resourceMetrics }) => resourceMetrics.scopeMetrics),
    },
    errors: results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : result.value.errors)),
  };
}

function listenMessage(error: NodeJS.ErrnoException, host: string, port: number): string {
  const remedy =
    error.code === 'EADDRINUSE'
      ? 'Another process, or another instance in this one, has this port: give backends.prometheus.port another one, or wait until it is free.'
      : error.code === 'EACCES'
        ? 'Ports below 1024 need a privilege: give backends.prometheus.port a higher one.'
        : 'Correct backends.prometheus.host: it must be an address of this machine.';
  return `Cannot listen on ${host}:${port} (${error.code ?? error.message}). ${remedy}`;
}
