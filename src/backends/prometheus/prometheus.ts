/**
 * The Prometheus backend: metrics to be scraped, served by the worker, so that a scrape is answered while the application's event loop is blocked.
 *
 * Processes of one service that are configured with the same port share it (peers.ts): the page is their sum, with `?by=worker` it has the lines of each
 * (workers.ts), and `/health` has the health of all (cluster-health.ts).
 */
import { threadId } from 'node:worker_threads';
import { randomUint32 } from '../../common/random.ts';
import type { MetricsAccount, MetricsBackend } from '../../contract/metrics-backend.ts';
import { type RunningTimer, startTimer, stopTimer } from '../../time/real-timers.ts';
import { pause, SYSTEM_TIMERS } from '../../time/timers.ts';
import { clusterHealth, type ProcessHealth } from './cluster-health.ts';
import { EndedWorkers, type InstanceName } from './ended-workers.ts';
import type { Families } from './families.ts';
import { CONTENT_TYPES, type PageFormat } from './formats.ts';
import type { PageSource } from './page-source.ts';
import { type PeerAnswer, Peers } from './peers.ts';
import { type MakePage, type Page, ScrapeServer, type View } from './server.ts';
import { pageText } from './text.ts';
import { byWorker, sumOfWorkers, type WorkerFamilies } from './workers.ts';

/** Pause before an address that is taken is tried again: a service that is restarted gives up its port within seconds. */
const LISTEN_AGAIN_MILLIS = 5_000;

/** Looks for a peer that has the port, this long apart: it may have got the port a moment ago, and not be ready for peers yet. */
const LOOK_FOR_PEER_MILLIS = 20;
/** Where other processes of the service answer, one of them is about to have the port, however slow the machine is. */
const LOOKS_AMONG_PEERS = 250;

/** Answers of the others where there are none. */
const ALONE = { answers: [], silent: 0 } as const;

export interface PrometheusBackendOptions {
  readonly source: PageSource;
  /** Of this process. Default: it has no backends. */
  readonly health?: () => ProcessHealth;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly endpoint: string;
  /** See `ScrapeServerOptions`. */
  readonly allowedHosts?: readonly string[];
  /** Processes of the same service share a port. Undefined: this one does not share it. */
  readonly service?: string;
  /** Number of this process in its cluster: its gauges have it as label from the start. Undefined: they get one only where the port is shared. */
  readonly worker?: string | undefined;
  /** Name and generation of the instance; see ended-workers.ts. Default: one that no other instance has. */
  readonly instance?: Omit<InstanceName, 'pid'>;
  /** Whether another instance is in the place of this one. Default: none is. */
  readonly isReplaced?: () => boolean;
  /** Default {@link LISTEN_AGAIN_MILLIS}. */
  readonly listenAgainMillis?: number;
  readonly account: MetricsAccount;
}

export class PrometheusBackend implements MetricsBackend {
  readonly #options: PrometheusBackendOptions;
  readonly #account: MetricsAccount;
  readonly #peers: Peers | undefined;
  readonly #instance: Omit<InstanceName, 'pid'>;
  /** Kept by the process that has the port. */
  readonly #ended: EndedWorkers | undefined;
  #server: ScrapeServer | undefined;
  #again: RunningTimer | undefined;
  #isClosed = false;

  constructor(options: PrometheusBackendOptions) {
    this.#options = options;
    this.#account = options.account;
    this.#instance = options.instance ?? { name: String(randomUint32()), generation: 0 };
    const { service, host, port, worker = `${process.pid}.${threadId}` } = options;
    if (service === undefined || port === 0) return;
    this.#peers = new Peers({ host, port, service, answer: async () => ({ ...(await this.#own()), worker }) });
    this.#ended = new EndedWorkers(this.#peers.keptPath);
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
      collect: () => this.#collect(),
      onServed: (error) => {
        if (error === undefined) this.#account.succeed();
        else this.#account.fail('degraded', error.message);
      },
    });
    await this.#peers?.announce();
    try {
      await server.listen();
    } catch (error) {
      return this.#notListening(error as NodeJS.ErrnoException);
    }
    if (this.#isClosed) return server.close();
    this.#server = server;
    await this.#lead();
    this.#account.recover();
  }

  /** Prometheus scrapes it: there is nothing to send. */
  async flush(): Promise<boolean> {
    return true;
  }

  async close(): Promise<boolean> {
    this.#isClosed = true;
    stopTimer(this.#again);
    if (this.#server !== undefined) await this.#keepOwn();
    // The port is free before the connections of the others end: one of them takes it at once.
    const closed = this.#server?.close();
    await this.#peers?.close();
    await closed;
    return true;
  }

  /** One collection of all processes, for whichever views are asked for. */
  async #collect(): Promise<MakePage> {
    const [own, { answers, silent }] = await Promise.all([this.#own(), this.#peers?.answers() ?? ALONE]);
    if (silent > 0)
      this.#account.fail(
        'degraded',
        `${silent} of the processes that share this port did not answer: the page has their last values.`,
      );
    const all = this.#ended?.present([own, ...answers]) ?? [own];
    const ended = this.#updateEnded(all).map((families) => ({ worker: undefined, families }));
    const views: Readonly<Record<View, (format: PageFormat) => Page>> = {
      sum: (format) => this.#page(sumOfWorkers, [...all, ...ended], format),
      workers: (format) => this.#page(byWorker, all, format),
      health: () => ({ contentType: 'application/json; charset=utf-8', ...clusterHealth(all, silent) }),
    };
    return (view, format) => views[view](format);
  }

  #page(join: typeof sumOfWorkers, workers: readonly WorkerFamilies[], format: PageFormat): Page {
    return { contentType: CONTENT_TYPES[format], body: pageText(join(workers, this.#options.source.onConflict), format) };
  }

  async #own(): Promise<PeerAnswer> {
    const { source, health = () => ({ backends: {} }), worker, isReplaced = () => false } = this.#options;
    const families = await source.families();
    const instance = { pid: process.pid, ...this.#instance };
    return { worker, instance, isReplaced: isReplaced(), families, health: health() };
  }

  /** What is to be added for those that have ended, and for those that have not answered. */
  #updateEnded(answers: readonly PeerAnswer[]): readonly Families[] {
    if (this.#ended === undefined || (answers.length === 1 && this.#ended.isEmpty)) return [];
    const others = this.#ended.update(answers);
    this.#ended.keep();
    return others;
  }

  /** Takes over what the process that had the port before has kept, unless all of the service was down meanwhile. */
  async #lead(): Promise<void> {
    const [peers, ended] = [this.#peers, this.#ended];
    if (peers === undefined || ended === undefined) return;
    await peers.lead((answer) => {
      ended.close(answer, answer.isReplaced);
      ended.keep();
    });
    ended.inherit();
    if (!peers.hasFollowed && !ended.isOwn && !(await peers.hasOthers())) ended.forget();
  }

  /** This process ends, or gives the port up. */
  async #keepOwn(): Promise<void> {
    if (this.#ended === undefined || this.#ended.isEmpty) return;
    const own = await this.#own().catch(() => undefined);
    if (own !== undefined) this.#ended.close(own, own.isReplaced);
    this.#ended.keep();
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
    const peers = this.#peers;
    for (let looks = 0; peers !== undefined && looks < LOOKS_AMONG_PEERS && !this.#isClosed; looks++) {
      if (await peers.join(() => void this.start())) return true;
      if (!(await peers.hasOthers())) return false;
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
