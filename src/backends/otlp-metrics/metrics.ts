/**
 * The OTLP metrics backend: everything that was collected, to a collector, every so often.
 *
 *   new OtlpMetricsBackend({ producer, sender, temporality, intervalMillis, account, onSettled? })
 *   start(), flush(), close()
 *
 * A request that failed is kept and sent again before anything new is collected; with cumulative temporality it is thrown away in favour of newer values.
 * In an outage the table goes on counting, so nothing is lost and nothing piles up: the first collection after it covers all of it.
 */
import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Outcome } from '../../contract/backend.ts';
import { SUCCESS } from '../../contract/backend.ts';
import type { MetricsAccount, MetricsBackend } from '../../contract/metrics-backend.ts';
import { MetricsSchedule } from '../metrics-schedule.ts';
import { countPoints, splitByPoints } from './metrics-split.ts';

/** Data points of a request: at some 200 bytes each well below the 4 MiB that common gateways take. */
const MAX_POINTS_PER_REQUEST = 10_000;

/** Sends one request's worth. */
export interface MetricsSender {
  send(metrics: ResourceMetrics, points: number): Promise<Outcome>;
  close(): Promise<void>;
}

export interface OtlpMetricsOptions {
  readonly producer: {
    collect(): Promise<CollectionResult>;
    /** What was collected last is now this backend's to deliver. */
    commit(): void;
  };
  readonly sender: MetricsSender;
  /** Everything committed so far is the destination's, or was refused for good. */
  readonly onSettled?: () => void;
  readonly temporality: 'cumulative' | 'delta';
  readonly intervalMillis: number;
  readonly account: MetricsAccount;
}

export class OtlpMetricsBackend implements MetricsBackend {
  readonly #options: OtlpMetricsOptions;
  readonly #schedule: MetricsSchedule;
  /** Requests not delivered yet. */
  #unsent: ResourceMetrics[] = [];

  constructor(options: OtlpMetricsOptions) {
    this.#options = options;
    this.#schedule = new MetricsSchedule({
      intervalMillis: options.intervalMillis,
      attempt: () => this.#export(),
      account: options.account,
    });
  }

  async start(): Promise<void> {
    this.#schedule.start();
  }

  flush(): Promise<boolean> {
    return this.#schedule.run();
  }

  async close(): Promise<boolean> {
    await this.#schedule.stop();
    const arrived = await this.#schedule.run();
    await this.#options.sender.close();
    return arrived;
  }

  async #export(): Promise<Outcome> {
    if (this.#options.temporality === 'cumulative') this.#unsent = [];
    let outcome = await this.#sendAll();
    if (outcome.status === 'retryable') return outcome;
    this.#unsent = splitByPoints((await this.#options.producer.collect()).resourceMetrics, MAX_POINTS_PER_REQUEST);
    this.#options.producer.commit();
    const newest = await this.#sendAll();
    if (newest.status !== 'retryable') this.#options.onSettled?.();
    if (newest.status !== 'success') outcome = newest;
    return outcome;
  }

  /** Sends until nothing is left or the destination cannot take more now. What it refuses for good is given up, and told. */
  async #sendAll(): Promise<Outcome> {
    let worst: Outcome = SUCCESS;
    while (this.#unsent.length > 0) {
      const outcome = await this.#options.sender.send(this.#unsent[0]!, countPoints(this.#unsent[0]!));
      if (outcome.status === 'retryable') return outcome;
      if (outcome.status !== 'success') worst = outcome;
      this.#unsent.shift();
    }
    return worst;
  }
}
