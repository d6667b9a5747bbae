/**
 * The OTLP metrics backend: sends all metrics to a collector at an interval.
 *
 * A request that failed is kept and sent again before anything new is collected; with cumulative temporality it is discarded in favour of newer values. In an
 * outage the table goes on counting, so nothing is lost and no requests accumulate: the first collection after it covers all of it.
 */
import type { CollectionResult, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Outcome } from '../../contract/backend.ts';
import { SUCCESS } from '../../contract/backend.ts';
import type { MetricsAccount, MetricsBackend } from '../../contract/metrics-backend.ts';
import { MetricsSchedule } from '../metrics-schedule.ts';
import { isTooLarge } from '../otlp/answer.ts';
import { countPoints, splitByPoints } from './metrics-split.ts';

/** Data points of a request: counters have some 200 bytes each, histograms 500 and more. Servers that take less say so (413). */
const MAX_POINTS_PER_REQUEST = 10_000;
/** Requests are not cut below this: a server that refuses some 50 KB would get thousands of requests. */
const MIN_POINTS_PER_REQUEST = 100;

/** Sends one request. */
export interface MetricsSender {
  send(metrics: ResourceMetrics, points: number): Promise<Outcome>;
  close(): Promise<void>;
}

export interface OtlpMetricsOptions {
  readonly producer: {
    collect(): Promise<CollectionResult>;
    /** Calls `commit` of the producer: this backend will deliver the last collection. */
    commit(): void;
  };
  readonly sender: MetricsSender;
  /** The destination has taken everything committed so far, or refused it for good. */
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
  /** Halved by each request that the server finds too large: the next collections fit at once. */
  #maxPoints = MAX_POINTS_PER_REQUEST;

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
    this.#unsent = splitByPoints((await this.#options.producer.collect()).resourceMetrics, this.#maxPoints);
    const { temporality, producer } = this.#options;
    // What is kept until it has arrived is delivered. Cumulative values are not kept: their exemplars must be in the next collection, if this one fails.
    if (temporality === 'delta') producer.commit();
    const newest = await this.#sendAll();
    if (temporality === 'cumulative' && (newest.status === 'success' || newest.status === 'partial')) producer.commit();
    if (newest.status !== 'retryable') this.#options.onSettled?.();
    if (newest.status !== 'success') outcome = newest;
    return outcome;
  }

  /** Sends until nothing is left or the destination cannot take more now. Data points that it refuses for good are given up and reported. */
  async #sendAll(): Promise<Outcome> {
    let worst: Outcome = SUCCESS;
    while (this.#unsent.length > 0) {
      const request = this.#unsent[0]!;
      const points = countPoints(request);
      const outcome = await this.#options.sender.send(request, points);
      if (outcome.status === 'retryable') return outcome;
      if (isTooLarge(outcome) && points > MIN_POINTS_PER_REQUEST) {
        this.#maxPoints = Math.max(Math.ceil(points / 2), MIN_POINTS_PER_REQUEST);
        this.#unsent = this.#unsent.flatMap((each) => splitByPoints(each, this.#maxPoints));
        continue;
      }
      if (outcome.status !== 'success') worst = outcome;
      // What is refused at any size says nothing about sizes: a proxy may be set up wrongly for a while. The next collection finds out anew.
      if (isTooLarge(outcome)) this.#maxPoints = MAX_POINTS_PER_REQUEST;
      this.#unsent.shift();
    }
    return worst;
  }
}
