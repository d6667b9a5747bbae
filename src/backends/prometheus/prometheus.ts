/**
 * The Prometheus backend: metrics to be scraped, served by the worker, so that a scrape is answered while the application's event loop is blocked.
 *
 *   new PrometheusBackend({ page, host, port, endpoint, account, service?, worker? })
 *   start(), flush(), close(), port
 *
 * Processes of one service that are configured with the same port share it (peers.ts): each line then has the label `cluster_worker`.
 */
import { threadId } from 'node:worker_threads';
import type { MetricsAccount, MetricsBackend } from '../../contract/metrics-backend.ts';
import { type RunningTimer, startTimer, stopTimer } from '../../time/real-timers.ts';
import { pause, SYSTEM_TIMERS } from '../../time/timers.ts';
import { CONTENT_TYPES, type PageFormat } from './formats.ts';
import { mergePages } from './merge-pages.ts';
import { Peers } from './peers.ts';
import { ScrapeServer } from './server.ts';
import type { ExtraLabels } from './text.ts';

/** Pause before an address that is taken is tried again: a service that is restarted gives up its port within seconds. */
const LISTEN_AGAIN_MILLIS = 5_000;

/** Looks for a peer that has the port, this long apart: it may have got the port a moment ago, and not be ready for peers yet. */
const LOOK_FOR_PEER_MILLIS = 20;
const LOOKS_FOR_PEER = 10;

/** The label of processes that share a page. */
const WORKER_LABEL = 'cluster_worker';

/** Makes a page whose lines have these labels beside their own. */
export type MakePage = (labels?: ExtraLabels, format?: PageFormat) => Promise<string>;

export interface PrometheusBackendOptions {
  /** `MetricsPage.text`. */
  readonly page: MakePage;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly endpoint: string;
  /** See `ScrapeServerOptions`. */
  readonly allowedHosts?: readonly string[];
  /** Processes of the same service share a port. Undefined: this one does not share it. */
  readonly service?: string;
  /** Number of this process in its cluster: its lines have it as label from the start. Undefined: they get one only where the port is shared. */
  readonly worker?: string | undefined;
  /** Default {@link LISTEN_AGAIN_MILLIS}. */
  readonly listenAgainMillis?: number;
  readonly account: MetricsAccount;
}

export class PrometheusBackend implements MetricsBackend {
  readonly #options: PrometheusBackendOptions;
  readonly #account: MetricsAccount;
  readonly #peers: Peers | undefined;
  #server: ScrapeServer | undefined;
  #again: RunningTimer | undefined;
  #isClosed = false;

  constructor(options: PrometheusBackendOptions) {
    this.#options = options;
    this.#account = options.account;
    const { service, host, port, page, worker = `${process.pid}.${threadId}` } = options;
    if (service !== undefined && port !== 0)
      this.#peers = new Peers({ host, port, service, page: (format) => page({ [WORKER_LABEL]: worker }, format) });
  }

  /** The port listened on; 0 while there is none. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  async start(): Promise<void> {
    if (this.#isClosed || this.#server !== undefined) return;
    const { host, port, endpoint, allowedHosts } = this.#options;
    const server = new ScrapeServer({
      host,
      port,
      endpoint,
      ...(allowedHosts && { allowedHosts }),
      page: async (format) => ({ contentType: CONTENT_TYPES[format], body: await this.#page(format) }),
      onServed: (error) => {
        if (error === undefined) this.#account.succeed();
        else this.#account.fail('degraded', error.message);
      },
    });
    try {
      await server.listen();
    } catch (error) {
      return this.#notListening(error as NodeJS.ErrnoException);
    }
    if (this.#isClosed) return server.close();
    this.#server = server;
    await this.#peers?.lead();
    this.#account.recover();
  }

  /** Prometheus scrapes it: there is nothing to send. */
  async flush(): Promise<boolean> {
    return true;
  }

  async close(): Promise<boolean> {
    this.#isClosed = true;
    stopTimer(this.#again);
    // The port is free before the others are told of the end: one of them takes it at once, and none takes it for a stranger's.
    const closed = this.#server?.close();
    this.#peers?.close();
    await closed;
    return true;
  }

  async #page(format: PageFormat): Promise<string> {
    const { page, worker } = this.#options;
    const own = page(worker === undefined ? {} : { [WORKER_LABEL]: worker }, format);
    if (this.#peers === undefined) return own;
    const { pages, silent } = await this.#peers.pages(format);
    if (silent > 0)
      this.#account.fail(
        'degraded',
        `${silent} of the processes that share this port did not answer: their metrics are missing.`,
      );
    return pages.length === 0 ? own : mergePages([await own, ...pages]);
  }

  /** Another process has the port: one of this service, which shows this one's metrics with its own, or another program. */
  async #notListening(error: NodeJS.ErrnoException): Promise<void> {
    if (this.#isClosed) return;
    if (error.code === 'EADDRINUSE' && (await this.#joinPeers())) {
      this.#account.recover();
      return;
    }
    const { host, port, listenAgainMillis = LISTEN_AGAIN_MILLIS } = this.#options;
    this.#account.fail('failed', listenMessage(error, host, port));
    this.#startAgain(listenAgainMillis);
  }

  async #joinPeers(): Promise<boolean> {
    for (let looks = 0; this.#peers !== undefined && looks < LOOKS_FOR_PEER && !this.#isClosed; looks++) {
      if (await this.#peers.join(() => void this.start())) return true;
      await pause(SYSTEM_TIMERS, LOOK_FOR_PEER_MILLIS);
    }
    return false;
  }

  #startAgain(millis: number): void {
    if (this.#isClosed) return;
    this.#again = startTimer(() => void this.start(), millis);
    this.#again.unref();
  }
}

function listenMessage(error: NodeJS.ErrnoException, host: string, port: number): string {
  const remedy =
    error.code === 'EADDRINUSE'
      ? 'Another service, or one of another user, has this port: give backends.prometheus.port another one, or wait until it is free.'
      : error.code === 'EACCES'
        ? 'Ports below 1024 need a privilege: give backends.prometheus.port a higher one.'
        : 'Correct backends.prometheus.host: it must be an address of this machine.';
  return `Cannot listen on ${host}:${port} (${error.code ?? error.message}). ${remedy}`;
}
