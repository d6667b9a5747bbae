/**
 * The demo: an instance set up as a service would set it up, an application that trades through it for some seconds, and an account of every call.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Level, type Logging, setupProductionLogging } from '../index.ts';
import { countOrders, dropsIn, progressOf } from './account.ts';
import { BackgroundLoad } from './background-load.ts';
import type { CallCostReport } from './call-cost.ts';
import type { CollectorEndpoint } from './collector-endpoint.ts';
import { LoopbackExchange } from './exchange/loopback-exchange.ts';
import { scrape } from './exposition.ts';
import type { DemoProgress, DemoResult } from './result.ts';
import { timerReports } from './timer-report.ts';
import { Trading } from './trading.ts';
import { WrittenFiles } from './written-files.ts';

export interface DemoOptions {
  /** How long to trade. 0: until the signal comes. */
  readonly seconds: number;
  /** Log calls per second on top of those of the clients. */
  readonly rate: number;
  readonly directory: string;
  readonly seed: number;
  readonly collector: CollectorEndpoint;
  /** The port that was asked for. */
  readonly prometheusPort: number;
  /** The one that is used: another one if that was not free. */
  readonly port: number;
  /** Also writes records of this level and above to the console. */
  readonly console: Level | undefined;
  readonly version: string;
}

export interface DemoEvents {
  onStart(addresses: { readonly exchange: string; readonly metrics: string }): void;
  onProgress(progress: DemoProgress): void;
  /** Trading is over; draining begins when this has settled. */
  onEnd(): void | Promise<void>;
}

/** Names of the files begin with this. */
export const FILE_PREFIX = 'demo';

const PROGRESS_INTERVAL_MILLIS = 100;

/** If the worker takes longer to start, the run goes on, and the account shows the problem. */
const READY_MILLIS = 2_000;

/** The longest that a timer of Node waits: 24 days. */
const LONGEST_DELAY_MILLIS = 2 ** 31 - 1;

/** Runs until the time is over or `signal` is aborted, then drains: an interrupted run reports like any other. */
export async function runDemo(options: DemoOptions, events: DemoEvents, signal: AbortSignal): Promise<DemoResult> {
  const files = await WrittenFiles.before(options.directory, FILE_PREFIX);
  const run = randomUUID();
  const { port } = options;
  const metricsUrl = `http://127.0.0.1:${port}/metrics`;
  await using exchange = await LoopbackExchange.start(options.seed);
  await using logging = setupLogging(options, run);
  events.onStart({ exchange: new URL(exchange.restUrl('mexc')).host, metrics: metricsUrl });

  const { elapsedSeconds, load, callCost } = await trade(options, exchange, logging, events, signal);

  // Before the shutdown takes the endpoint away: what a Prometheus would read now.
  const { samples, error } = await scrape(metricsUrl);
  // health() reports a worker that does not answer.
  const timers = await logging.metricsSnapshot().then(timerReports, () => []);
  const shutdown = await logging.shutdown();
  const health = logging.health();
  const written = await files.after(run);
  return {
    interrupted: signal.aborted,
    elapsedSeconds,
    seed: options.seed,
    calls: {
      log: health.lanes.logs.accepted + health.lanes.logs.droppedTotal,
      load,
      audit: health.lanes.audit.accepted + health.lanes.audit.droppedTotal,
      timer: timers.reduce((sum, { count }) => sum + count, 0),
    },
    callCost,
    backends: health.backends,
    drops: dropsIn(health),
    orders: countOrders(samples, written, exchange),
    timers,
    files: written,
    collector: options.collector,
    prometheus: {
      url: metricsUrl,
      wantedPort: options.prometheusPort,
      port,
      series: samples.length,
      ...(error !== undefined && { error }),
    },
    worker: health.worker,
    warnings: health.warnings,
    shutdown,
  };
}

interface Traded {
  readonly elapsedSeconds: number;
  /** Calls that the background load has made. */
  readonly load: number;
  readonly callCost: CallCostReport;
}

async function trade(
  { seconds, rate }: DemoOptions,
  exchange: LoopbackExchange,
  logging: Logging,
  events: DemoEvents,
  signal: AbortSignal,
): Promise<Traded> {
  // Nothing logged before the worker runs is lost, up to the ring's size; a load of a million a second would want more than that.
  await Promise.race([logging.ready, delay(READY_MILLIS, undefined, { ref: false })]);
  const trading = await Trading.start(exchange);
  const load = new BackgroundLoad({ rate, seconds });
  const startMillis = performance.now();
  const elapsedSeconds = () => (performance.now() - startMillis) / 1_000;
  const report = () => events.onProgress(progressOf(elapsedSeconds(), logging.health(), exchange));
  const reporting = setInterval(report, PROGRESS_INTERVAL_MILLIS);
  load.start();
  await delay(seconds === 0 ? LONGEST_DELAY_MILLIS : seconds * 1_000, undefined, { signal }).catch(() => {});
  clearInterval(reporting);
  report();
  const callCost = load.stop();
  await trading.stop();
  const traded = { elapsedSeconds: elapsedSeconds(), load: load.made, callCost };
  await events.onEnd();
  return traded;
}

/** The production preset, with everything down to debug in the file, so that the demo shows it. */
function setupLogging({ directory, collector, console, version, port }: DemoOptions, run: string): Logging {
  return setupProductionLogging({
    service: { name: 'hft-otel-demo', version, instanceId: run },
    level: 'debug',
    backends: {
      ...(console !== undefined && { console: { level: console } }),
      file: { level: 'debug', path: join(directory, `${FILE_PREFIX}.jsonl`) },
      audit: { path: join(directory, `${FILE_PREFIX}-audit.jsonl`) },
      prometheus: { port },
      // The spool lies beside the other files of the run: records that a collector did not take must not wait for another run in this working directory.
      otlp:
        collector.url === undefined
          ? { enabled: false }
          : { endpoint: collector.url, spool: { directory: join(directory, 'otlp-spool') } },
    },
  });
}
