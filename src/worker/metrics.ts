/**
 * The metrics room of the worker: the collector of all threads' series, and the configured backends that read it.
 *
 *   const metrics = await openMetrics({ config, onTrouble, write?, exported?, onExported? })      never rejects
 *   metrics.addBlock(producerId, block)        every block of every series table
 *   metrics.addObservable({ name, kind, unit, description, read })
 *   metrics.tick()                             now and then, so that the newest of several threads' gauges can be told
 *   metrics.retain(id)                         folds tables of ended threads; tell whoever keeps the memory
 *   metrics.states(), metrics.snapshot(), metrics.flush(timeoutMillis, isLast), metrics.close(timeoutMillis)
 */

import { PercentilesBackend } from '../backends/percentiles/percentiles.ts';
import type { MakePage } from '../backends/prometheus/prometheus.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import type { MetricsBackend, MetricsBackendState } from '../contract/metrics-backend.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import type { DeltaBaseline } from '../series/baseline.ts';
import { type ObservableDefinition, SeriesCollector, type SeriesLosses } from '../series/collect.ts';
import { retainEnded } from '../series/retain.ts';
import { Deadline, TIMED_OUT } from '../time/deadline.ts';

export interface WorkerMetricsOptions {
  readonly config: ResolvedConfig;
  /** Told once for each metric that is left out of something, and why. */
  readonly onTrouble: (message: string) => void;
  /** Takes the percentiles table. */
  readonly write?: (text: string) => void | Promise<void>;
  /** With delta temporality: what a worker before this one had exported. */
  readonly exported?: DeltaBaseline | undefined;
  /** Told what the next worker needs to know of that. */
  readonly onExported?: (exported: DeltaBaseline) => void;
}

export async function openMetrics(options: WorkerMetricsOptions): Promise<WorkerMetrics> {
  const { config, onTrouble } = options;
  const collector = new SeriesCollector({
    cardinalityLimit: config.cardinalityLimit,
    onConflict: (name) =>
      onTrouble(`Threads use the metric ${name} as different kinds; the first one's is kept. Use one kind for each name.`),
  });
  const { histogram } = config.backends;
  const percentiles = new PercentilesBackend({
    ...histogram,
    collector,
    gauges: histogram.enabled && histogram.gauges,
    ...(options.write && { write: options.write }),
  });
  const backends = new Map<string, MetricsBackend>();
  if (histogram.enabled) backends.set('histogram', percentiles);
  await Promise.all([openPrometheus(options, collector, backends), openOtlp(options, collector, backends)]);
  await Promise.all([...backends.values()].map((backend) => backend.start()));
  return new WorkerMetrics(collector, percentiles, backends);
}

/** What a backend needs is loaded when it is configured. */
async function openPrometheus(
  options: WorkerMetricsOptions,
  collector: SeriesCollector,
  backends: Map<string, MetricsBackend>,
): Promise<void> {
  const { prometheus } = options.config.backends;
  if (!prometheus.enabled && prometheus.pushGatewayUrl === undefined) return;
  const page = pageMaker(options, collector);
  if (prometheus.enabled) {
    const { PrometheusBackend } = await import('../backends/prometheus/prometheus.ts');
    const { host, port, endpoint, allowedHosts } = prometheus;
    const { clusterWorker: worker, resource } = options.config;
    const name = String(resource['service.name']);
    // Services without a name are the same one if they are the same program.
    const service = `${resource['service.namespace'] ?? ''}/${name}${name.startsWith('unknown_service') ? process.argv[1] : ''}`;
    backends.set('prometheus', new PrometheusBackend({ page, host, port, endpoint, allowedHosts, service, worker }));
  }
  if (prometheus.pushGatewayUrl !== undefined) {
    const { PushGatewayBackend } = await import('../backends/push-gateway/push-gateway.ts');
    const { pushGatewayUrl: url, pushIntervalMillis: intervalMillis, jobName, deleteOnShutdown } = prometheus;
    const instance = options.config.instanceId;
    backends.set('pushGateway', new PushGatewayBackend({ url, jobName, instance, intervalMillis, deleteOnShutdown, page }));
  }
}

/** Loads what OpenTelemetry's SDK has to do with it with the first page: it would take half of the time in which the worker is to be ready. */
function pageMaker({ config, onTrouble }: WorkerMetricsOptions, collector: SeriesCollector): MakePage {
  const open = async () => {
    const [{ MetricsPage }, { SeriesProducer }, { resourceFromAttributes }] = await Promise.all([
      import('../backends/prometheus/page.ts'),
      import('./metrics-producer.ts'),
      import('@opentelemetry/resources'),
    ]);
    const producer = new SeriesProducer(collector, { resource: resourceFromAttributes(config.resource) });
    return new MetricsPage([producer], (name) =>
      onTrouble(
        `The metric ${name} is left out of the Prometheus page: its name there belongs to another metric. Rename one of them.`,
      ),
    );
  };
  let exporter: ReturnType<typeof open> | undefined;
  return async (labels) => {
    exporter ??= open();
    return (await exporter).text(labels);
  };
}

async function openOtlp(
  { config, exported, onExported }: WorkerMetricsOptions,
  collector: SeriesCollector,
  backends: Map<string, MetricsBackend>,
): Promise<void> {
  const { metrics: transport, temporality, histograms, metricsIntervalMillis: intervalMillis } = config.backends.otlp;
  if (!config.backends.otlp.enabled || transport === undefined) return;
  const [{ OtlpMetricsBackend }, senders, { SeriesProducer }, { resourceFromAttributes }] = await Promise.all([
    import('../backends/otlp-metrics/metrics.ts'),
    import('../backends/otlp-metrics/metrics-senders.ts'),
    import('./metrics-producer.ts'),
    import('@opentelemetry/resources'),
  ]);
  const resource = resourceFromAttributes(config.resource);
  const producer = new SeriesProducer(collector, { resource, temporality, histograms, resumeFrom: exported });
  const makeSender = transport.protocol === 'http/json' ? senders.jsonMetricsSender : senders.protobufMetricsSender;
  backends.set(
    'otlpMetrics',
    new OtlpMetricsBackend({
      producer,
      sender: makeSender({ ...transport, url: transport.endpoint }),
      temporality,
      intervalMillis,
      onSettled: () => {
        if (producer.baseline !== undefined) onExported?.(producer.baseline);
      },
    }),
  );
}

export class WorkerMetrics {
  readonly collector: SeriesCollector;
  readonly #percentiles: PercentilesBackend;
  readonly #backends: ReadonlyMap<string, MetricsBackend>;
  #endedBefore: ReadonlySet<string> = new Set();

  constructor(collector: SeriesCollector, percentiles: PercentilesBackend, backends: ReadonlyMap<string, MetricsBackend>) {
    this.collector = collector;
    this.#percentiles = percentiles;
    this.#backends = backends;
  }

  addBlock(producerId: string, block: SharedArrayBuffer): void {
    this.collector.addBlock(producerId, block);
  }

  addObservable(observable: ObservableDefinition): void {
    this.collector.addObservable(observable);
  }

  tick(): void {
    this.collector.tick();
  }

  /**
   * Folds the tables of ended threads into one with a new id: the keeper of the memory replaces those it names by its blocks, in one step. Only tables that
   * were closed at the last call already: a thread's own `exit` handlers may still record when it has closed its table.
   */
  retain(id: string): { readonly blocks: readonly SharedArrayBuffer[]; readonly replaces: readonly string[] } | undefined {
    const ended = this.collector.endedTables;
    const folded = retainEnded(
      this.collector,
      id,
      ended.filter((each) => this.#endedBefore.has(each)),
    );
    this.#endedBefore = new Set(ended);
    return folded;
  }

  states(): Readonly<Record<string, MetricsBackendState>> {
    return Object.fromEntries([...this.#backends].map(([name, backend]) => [name, backend.state()]));
  }

  get losses(): SeriesLosses {
    return this.collector.losses;
  }

  snapshot(): MetricsSnapshot {
    const { instruments, timeMillis } = this.collector.collect();
    const metrics = instruments.map(({ definition: { name, kind, unit }, series }) => ({
      name,
      kind,
      unit,
      series: series.map(({ tags, value, distribution }) => ({
        tags: Object.fromEntries(tags),
        value: distribution?.sum ?? value,
        ...(distribution !== undefined &&
          distribution.count > 0 && { count: distribution.count, min: distribution.min, max: distribution.max }),
      })),
    }));
    return { timeUnixMillis: timeMillis, metrics, percentiles: this.#percentiles.snapshot() };
  }

  /**
   * Everything recorded so far has been offered to every backend when this settles, or the time is over. Answers whether all of them took it.
   *
   * @param isLast the process is about to end
   */
  flush(timeoutMillis: number, isLast = false): Promise<boolean> {
    return this.#all((backend) => backend.flush(isLast), timeoutMillis);
  }

  close(timeoutMillis: number): Promise<boolean> {
    return this.#all((backend) => backend.close(), timeoutMillis);
  }

  async #all(run: (backend: MetricsBackend) => Promise<void>, timeoutMillis: number): Promise<boolean> {
    const done = await Deadline.in(timeoutMillis).race(Promise.all([...this.#backends.values()].map(run)));
    // Prometheus comes and gets it: a port that could not be had keeps nothing from going through.
    const sent = [...this.#backends].filter(([name]) => name !== 'prometheus');
    return done !== TIMED_OUT && sent.every(([, backend]) => backend.state().state === 'ok');
  }
}
