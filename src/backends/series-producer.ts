/**
 * The collector's series as a `MetricProducer` of OpenTelemetry's SDK, for its readers and exporters.
 *
 * `cumulative`: everything since the start. `delta`: counters and histograms since the last commit, without those that did not change; up-down counters and
 * gauges as they are (OTLP exporter specification, "Temporality preference"). Until `commit` is called, each collection covers the interval of the one before
 * it and more: after a failed export the next one contains its values, and nothing is lost or sent twice.
 *
 * Data points of histograms also have the exemplars of the time since the last commit (`exemplarsOf`), of which the SDK's own types do not know.
 */
import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type MetricProducer,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { getOrMake } from '../common/get-or-make.ts';
import type { DeltaBaseline } from '../series/baseline.ts';
import type { SeriesCollector } from '../series/collect.ts';
import type { CollectedInstrument, CollectedSeries, Collection } from '../series/collection.ts';
import { type Change, DeltaState } from '../series/delta.ts';
import type { Distribution } from '../series/distribution.ts';
import type { Exemplar } from '../series/exemplars.ts';
import type { InstrumentDefinition, InstrumentScope, TagPairs } from '../series/instrument.ts';
import { ResetWatch } from '../series/resets.ts';

/** Buckets of each sign of an exponential histogram (OpenTelemetry metrics SDK specification, "Base2 Exponential Bucket Histogram Aggregation", MaxSize). */
export const MAX_EXPONENTIAL_BUCKETS = 160;

export interface SeriesProducerOptions {
  readonly resource?: Resource;
  /** Default `cumulative`. */
  readonly temporality?: 'cumulative' | 'delta';
  /**
   * Form of histograms. Default `explicit`, the bounds of each instrument. `both` is for OTLP on its way to Prometheus, where an exponential histogram becomes a
   * native one and an explicit one becomes the series `…_bucket`, `…_sum`, `…_count`: the explicit ones are put under the scope `<name>/classic`, for
   * OpenTelemetry allows a name one type in a scope.
   */
  readonly histograms?: 'explicit' | 'exponential' | 'both';
  /** With `delta`: the baseline of a worker before this one. */
  readonly resumeFrom?: DeltaBaseline | undefined;
}

export class SeriesProducer implements MetricProducer {
  readonly #collector: SeriesCollector;
  readonly #resource: Resource;
  readonly #histograms: 'explicit' | 'exponential' | 'both';
  readonly #delta: DeltaState | undefined;
  readonly #resets = new ResetWatch();
  #collectedMillis = Number.NEGATIVE_INFINITY;
  #committedMillis = Number.NEGATIVE_INFINITY;

  constructor(collector: SeriesCollector, options: SeriesProducerOptions = {}) {
    this.#collector = collector;
    this.#resource = options.resource ?? resourceFromAttributes({});
    this.#histograms = options.histograms ?? 'explicit';
    this.#delta = options.temporality === 'delta' ? new DeltaState(collector, options.resumeFrom) : undefined;
  }

  async collect(): Promise<CollectionResult> {
    try {
      const collection = this.#collector.collect();
      this.#collectedMillis = collection.timeMillis;
      return {
        resourceMetrics: { resource: this.#resource, scopeMetrics: this.#scopesOf(collection) },
        errors: [...collection.errors],
      };
    } catch (error) {
      return { resourceMetrics: { resource: this.#resource, scopeMetrics: [] }, errors: [error] };
    }
  }

  commit(): void {
    this.#committedMillis = this.#collectedMillis;
    this.#delta?.commit();
  }

  /** With `delta`: counts at the last commit. */
  get baseline(): DeltaBaseline | undefined {
    return this.#delta?.baseline;
  }

  #scopesOf(collection: Collection): ScopeMetrics[] {
    const startMillis = this.#delta?.begin(collection) ?? collection.startMillis;
    const scopes = new Map<string, ScopeMetrics>();
    const add = (scope: InstrumentScope, metric: MetricData): void => {
      const id = JSON.stringify([scope.name, scope.version, scope.schemaUrl]);
      if (metric.dataPoints.length > 0) getOrMake(scopes, id, () => ({ scope, metrics: [] })).metrics.push(metric);
    };
    for (const instrument of collection.instruments) {
      const { scope } = instrument.definition;
      const points = this.#pointsOf(instrument, collection, startMillis);
      add(scope, metricOf(instrument.definition, points, this.#histograms !== 'explicit'));
      const isDouble = this.#histograms === 'both' && instrument.definition.kind === 'histogram';
      if (isDouble) add({ ...scope, name: `${scope.name}/classic` }, metricOf(instrument.definition, points, false));
    }
    this.#resets.endCollection(collection);
    return [...scopes.values()];
  }

  #pointsOf(instrument: CollectedInstrument, collection: Collection, deltaStartMillis: number): Points {
    const { definition, series } = instrument;
    const isDelta = this.#delta !== undefined && (definition.kind === 'counter' || definition.kind === 'histogram');
    return {
      startTimeOf: this.#startTimesOf(definition, collection, isDelta ? deltaStartMillis : undefined),
      endTime: hrTimeOf(collection.timeMillis),
      exemplarsSince: this.#committedMillis,
      temporality: isDelta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
      changes: isDelta
        ? series.flatMap((one) => this.#delta!.changeOf(definition, one))
        : series.map((one) => ({ series: one, value: one.value, distribution: one.distribution })),
    };
  }

  #startTimesOf(
    definition: InstrumentDefinition,
    collection: Collection,
    deltaStartMillis: number | undefined,
  ): (series: CollectedSeries) => HrTime {
    if (definition.kind === 'counter' && definition.observed && deltaStartMillis === undefined)
      return (series) => hrTimeOf(this.#resets.startMillisOf(definition, series, collection));
    const startTime = hrTimeOf(deltaStartMillis ?? collection.startMillis);
    return () => startTime;
  }
}

/** Data points of an instrument for an interval. */
interface Points {
  readonly startTimeOf: (series: CollectedSeries) => HrTime;
  readonly endTime: HrTime;
  /** Unix milliseconds; exemplars from before have been handed out. */
  readonly exemplarsSince: number;
  readonly temporality: AggregationTemporality;
  readonly changes: readonly Change[];
}

function metricOf(definition: InstrumentDefinition, points: Points, isExponential: boolean): MetricData {
  const { name, description, unit, kind } = definition;
  const { startTimeOf, endTime, exemplarsSince, temporality, changes } = points;
  const common = {
    descriptor: { name, description, unit, valueType: valueTypeOf(definition, changes) },
    aggregationTemporality: temporality,
  };
  const toPoints = <T>(read: (change: Change) => T): DataPoint<T>[] =>
    changes.map((change) => ({
      startTime: startTimeOf(change.series),
      endTime,
      attributes: attributesOf(change.series.tags),
      value: read(change),
      ...exemplarsFrom(change.series, exemplarsSince),
    }));
  switch (kind) {
    case 'counter':
    case 'updown':
      return {
        ...common,
        dataPointType: DataPointType.SUM,
        isMonotonic: kind === 'counter',
        dataPoints: toPoints(({ value }) => value),
      };
    case 'gauge':
      return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: toPoints(({ value }) => value) };
    case 'histogram':
      return isExponential
        ? {
            ...common,
            dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
            dataPoints: toPoints(({ distribution }) => exponentialOf(distribution!)),
          }
        : {
            ...common,
            dataPointType: DataPointType.HISTOGRAM,
            dataPoints: toPoints(({ distribution }) => explicitOf(distribution!)),
          };
  }
}

/** Magnitudes below it are integers of 64 bits. The least integer itself is not: its JSON text, rounded as JavaScript does it, is below it. */
const INT64_END = 2 ** 63;

/** Integers only where all values are such as OTLP holds: receivers refuse a whole request for one that is not, and protobuf would show another number. */
function valueTypeOf({ integer }: InstrumentDefinition, changes: readonly Change[]): ValueType {
  const fits = ({ value }: Change) => Number.isInteger(value) && Math.abs(value) < INT64_END;
  return integer && changes.every(fits) ? ValueType.INT : ValueType.DOUBLE;
}

function exemplarsFrom(series: CollectedSeries, sinceMillis: number): { exemplars?: readonly Exemplar[] } {
  if (series.exemplars.length === 0) return {};
  const exemplars = series.exemplars.filter(({ timeMillis }) => timeMillis >= sinceMillis);
  return exemplars.length === 0 ? {} : { exemplars };
}

/** Of a data point that a {@link SeriesProducer} has made. */
export function exemplarsOf(point: DataPoint<unknown>): readonly Exemplar[] {
  return (point as { exemplars?: readonly Exemplar[] }).exemplars ?? [];
}

function explicitOf(distribution: Distribution): Histogram {
  return {
    buckets: { boundaries: distribution.bounds as number[], counts: distribution.explicitCounts() },
    count: distribution.count,
    ...sumAndExtremes(distribution),
  };
}

function exponentialOf(distribution: Distribution): ExponentialHistogram {
  return { count: distribution.count, ...sumAndExtremes(distribution), ...distribution.exponential(MAX_EXPONENTIAL_BUCKETS) };
}

/** Extremes are left out where they are not known (they are optional in OTLP). */
function sumAndExtremes({ sum, min, max }: Distribution): { sum: number; min?: number; max?: number } {
  return { sum, ...(min <= max && { min, max }) };
}

const attributes = new WeakMap<TagPairs, Attributes>();

/** The same object for the same series each time, so that serializers can cache by it. */
export function attributesOf(tags: TagPairs): Attributes {
  return getOrMake(attributes, tags, () => Object.fromEntries(tags) as Attributes);
}

function hrTimeOf(millis: number): HrTime {
  const seconds = Math.floor(millis / 1000);
  return [seconds, Math.round((millis - seconds * 1000) * 1e6)];
}
