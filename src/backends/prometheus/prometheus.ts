/**
 * The Prometheus backend: metrics to be scraped, served by the worker, so that a scrape is answered while the application's event loop is blocked.
 *
 *   new PrometheusBackend({ page, host, port, endpoint })
 *   start(), flush(), close(), state(), port
 */
import { type MetricsBackend, MetricsBackendAccount, type MetricsBackendState } from '../../contract/metrics-backend.ts';
import { type RunningTimer, startTimer, stopTimer } from '../../time/real-timers.ts';
import { EXPOSITION_CONTENT_TYPE } from './names.ts';
import { ScrapeServer } from './server.ts';

/** Pause before an address that could not be had is tried again: a service that is restarted gives its port up within seconds. */
const LISTEN_AGAIN_MILLIS = 5_000;

export interface PrometheusBackendOptions {
  /** Makes the page: `ScrapeExporter.exposition`. */
  readonly page: () => Promise<string>;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly endpoint: string;
  /** See `ScrapeServerOptions`. */
  readonly allowedHosts?: readonly string[];
  /** Default {@link LISTEN_AGAIN_MILLIS}. */
  readonly listenAgainMillis?: number;
}

export class PrometheusBackend implements MetricsBackend {
  readonly #options: PrometheusBackendOptions;
  readonly #account = new MetricsBackendAccount();
  #server: ScrapeServer | undefined;
  #again: RunningTimer | undefined;
  #isClosed = false;

  constructor(options: PrometheusBackendOptions) {
    this.#options = options;
  }

  /** The port listened on; 0 while there is none. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  async start(): Promise<void> {
    const { page, host, port, endpoint, allowedHosts } = this.#options;
    const server = new ScrapeServer({
      host,
      port,
      endpoint,
      ...(allowedHosts && { allowedHosts }),
      page: async () => ({ contentType: EXPOSITION_CONTENT_TYPE, body: await page() }),
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
      if (this.#isClosed) return;
      this.#again = startTimer(() => void this.start(), this.#options.listenAgainMillis ?? LISTEN_AGAIN_MILLIS);
      this.#again.unref();
    }
  }

  /** Prometheus comes and gets it: there is nothing to send. */
  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true;
    stopTimer(this.#again);
    await this.#server?.close();
  }

  state(): MetricsBackendState {
    return this.#account.read();
  }
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
