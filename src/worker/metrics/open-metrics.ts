/**
 * The metrics room of the worker: the collector of all threads' series, and the configured backends that read it.
 */

import type { MetricsTools } from '../../backends/opening-metrics.ts';
import { Percentiles } from '../../backends/percentiles/percentiles.ts';
import { pageSource } from '../../backends/prometheus/page-source.ts';
import { errorText } from '../../common/error-text.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import { runningMetricsBackends, textStreamOf } from '../../config/running.ts';
import { MetricsAccount, type MetricsBackend } from '../../contract/metrics-backend.ts';
import type { BackendCounters } from '../../health/counters.ts';
import { OWN_HISTOGRAMS } from '../../health/instruments.ts';
import type { MetricsSnapshot } from '../../health/metrics-snapshot.ts';
import type { Allocator } from '../../memory/allocator.ts';
import { type BlockDescriptor, openBlock } from '../../memory/block.ts';
import { seriesRules } from '../../meter/series-rules.ts';
import type { DeltaBaseline } from '../../series/baseline.ts';
import { SeriesCollector } from '../../series/collect.ts';
import { SERIES_FORMAT } from '../../series/layout.ts';
import type { ConflictReason } from '../../series/merge.ts';
import { retainEnded } from '../../series/retain.ts';
import { Deadline, TIMED_OUT } from '../../time/deadline.ts';
import { print } from '../print.ts';

export interface WorkerMetricsOptions {
  /** Where tables that hold what ended threads recorded come from. */
  readonly allocator: Allocator;
  readonly config: ResolvedConfig;
  /** The counters of the backend with this position among those of metrics. */
  readonly countersOf: (index: number, name: string) => BackendCounters;
  /** See {@link MetricsTools.health}. Default: no backends. */
  readonly health?: MetricsTools['health'];
  /** See {@link MetricsTools}. Default: it is replaced by none. */
  readonly place?: MetricsTools['place'];
  readonly isReplaced?: MetricsTools['isReplaced'];
  /** Called once for each metric that is left out of an output, with the reason. */
  readonly onWarning: (message: string) => void;
  readonly print?: MetricsTools['print'];
  /** With delta temporality: what a worker before this one had exported. */
  readonly exported?: DeltaBaseline | undefined;
  /** Called with the state that the next worker needs to go on from. */
  readonly onExported?: (exported: DeltaBaseline) => void;
}

const CONFLICTS: Readonly<Record<ConflictReason, (name: string) => string>> = {
  threads: (name) => `Threads use the metric ${name} as different kinds; the first one's is kept. Use one kind for each name.`,
  rule: (name) =>
    `The metric ${name} was recorded before the rule of \`metrics\` that gives it another kind was known; those measurements are left out. Call configureLogging before it is recorded.`,
};

/** Rules are for the application's metrics. */
const OWN_NAMES: ReadonlySet<string> = new Set(Object.values(OWN_HISTOGRAMS).map(({ name }) => name));

const NOT_OPENED: MetricsBackend = { start: async () => {}, flush: async () => false, close: async () => false };

export async function openMetrics(options: WorkerMetricsOptions): Promise<WorkerMetrics> {
  const { config, onWarning } = options;
  const collector = new SeriesCollector({
    cardinalityLimit: config.cardinalityLimit,
    rules: seriesRules(config.metrics, OWN_NAMES),
    onConflict: (name, reason) => onWarning(`${CONFLICTS[reason](name)} What is left out counts in hft_metrics_rejected_total.`),
  });
  const { histogram } = config.backends;
  const percentiles = new Percentiles({ ...histogram, collector, gauges: histogram.enabled && histogram.gauges });
  const tools = {
    collector,
    resource: config.resource,
    instanceId: config.instanceId,
    clusterWorker: config.clusterWorker,
    place: options.place,
    isReplaced: options.isReplaced ?? (() => false),
    page: pageSource(collector, config.resource, onWarning),
    health: options.health ?? (() => ({ backends: {} })),
    percentiles,
    textStream: textStreamOf(config),
    print: options.print ?? print,
    exported: options.exported,
    onExported: options.onExported ?? (() => {}),
  };
  const accounts: MetricsAccount[] = [];
  const backends = await Promise.all(
    runningMetricsBackends(config).map(async ({ name, backend, settings }, index) => {
      const counters = options.countersOf(index, name);
      accounts[index] = new MetricsAccount(counters);
      // A worker before this one may have left another state; its counts stay.
      if (counters.state !== 'ok') counters.setState('ok');
      try {
        const { open } = await backend.load();
        const opened = await open(settings, { ...tools, account: accounts[index] });
        await opened.start();
        return opened;
      } catch (error) {
        // Metrics that go nowhere must not keep records from going anywhere.
        counters.setState('failed', `It cannot be opened: ${errorText(error)}`);
        return NOT_OPENED;
      }
    }),
  );
  return new WorkerMetrics({ ...options, tools, accounts, backends });
}

interface OpenedMetrics extends Pick<WorkerMetricsOptions, 'config' | 'allocator'> {
  readonly tools: Omit<MetricsTools, 'account'>;
  /** Of the backends, in their order. */
  readonly accounts: readonly MetricsAccount[];
  readonly backends: readonly MetricsBackend[];
}

export class WorkerMetrics {
  readonly collector: SeriesCollector;
  readonly #percentiles: Percentiles;
  readonly #backends: readonly MetricsBackend[];
  readonly #allocator: Allocator;
  #endedBefore: ReadonlySet<string> = new Set();

  readonly #config: ResolvedConfig;
  readonly #tools: Omit<MetricsTools, 'account'>;
  readonly #accounts: readonly MetricsAccount[];

  constructor({ config, allocator, tools, accounts, backends }: OpenedMetrics) {
    this.#config = config;
    this.#allocator = allocator;
    this.collector = tools.collector;
    this.#percentiles = tools.percentiles;
    this.#tools = tools;
    this.#accounts = accounts;
    this.#backends = backends;
  }

  addBlock(producerId: string, block: BlockDescriptor): void {
    this.collector.addBlock(producerId, openBlock(block).memory);
  }

  /**
   * Folds the tables of ended threads into one with a new id: the keeper of the memory replaces those it names by its blocks, in one step. Only tables that
   * were already closed at the last call: a thread's own `exit` handlers may still record after it has closed its table.
   */
  retain(id: string): { readonly blocks: readonly BlockDescriptor[]; readonly replaces: readonly string[] } | undefined {
    const ended = this.collector.endedTables;
    const blocks: BlockDescriptor[] = [];
    const allocate = (bytes: number) => {
      const { descriptor, memory } = this.#allocator.allocate({ kind: 'series', format: SERIES_FORMAT, bytes, owner: id });
      blocks.push(descriptor);
      return memory;
    };
    const candidates = ended.filter((each) => this.#endedBefore.has(each));
    const folded = retainEnded(this.collector, id, allocate, candidates);
    this.#endedBefore = new Set(ended);
    return folded && { blocks, replaces: folded.replaces };
  }

  /** Exports the last values of another run, whose process is dead, to each backend that pushes values. False: there is none, or it did not take them. */
  async exportLastValues({
    series,
    identity,
    exported,
    onExported,
  }: {
    readonly series: ReadonlyMap<string, readonly ArrayBufferLike[]>;
    readonly identity: { readonly resource: ResolvedConfig['resource'] };
    /** Its exports with delta temporality. */
    readonly exported: DeltaBaseline | undefined;
    readonly onExported: (exported: DeltaBaseline) => void;
  }): Promise<boolean> {
    const collector = new SeriesCollector({ cardinalityLimit: this.#config.cardinalityLimit });
    for (const [id, blocks] of series) for (const block of blocks) collector.addBlock(id, block);
    const { resource } = identity;
    const tools = {
      ...this.#tools,
      collector,
      resource,
      instanceId: String(resource['service.instance.id']),
      exported,
      onExported,
    };
    const sent = await Promise.all(
      runningMetricsBackends(this.#config).map(async ({ backend, settings }, index) => {
        if (backend.takesDeadRuns?.(settings, exported !== undefined) !== true) return false;
        try {
          const { open } = await backend.load();
          const once = await open(settings, { ...tools, account: this.#accounts[index]! });
          return await once.close();
        } catch {
          // Told of where this process opened its own. The run's records are recovered all the same.
          return false;
        }
      }),
    );
    return sent.includes(true);
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
   * When this settles, everything recorded so far has been offered to every backend, or the time is over. Resolves to whether all of them took it.
   *
   * @param isLast the process is about to end
   */
  flush(timeoutMillis: number, isLast = false): Promise<boolean> {
    return this.#all((backend) => backend.flush(isLast), timeoutMillis);
  }

  close(timeoutMillis: number): Promise<boolean> {
    return this.#all((backend) => backend.close(), timeoutMillis);
  }

  async #all(run: (backend: MetricsBackend) => Promise<boolean>, timeoutMillis: number): Promise<boolean> {
    const arrived = await Deadline.in(timeoutMillis).race(Promise.all(this.#backends.map(run)));
    return arrived !== TIMED_OUT && arrived.every((each) => each);
  }
}
