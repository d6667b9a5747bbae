/**
 * Metrics as Prometheus' text exposition format 0.0.4, or as OpenMetrics 1.0 where a scraper asks for it, under the names that the user wrote.
 *
 * OpenTelemetry's exporter and its serializer are not used because they append `_total` to every counter, which no other path does, drop both metrics when two disagree about
 * their type, and write labels twice that become the same by escaping: two of which Prometheus refuses. Tests compare with it where the two agree.
 *
 * Prometheus accepts every page: one family for each name, each series once. Metrics whose names become the same by escaping are one family; if they
 * are of different types, or one would write the other's `_bucket`, `_sum` or `_count`, the one made first is kept and the other is left out and reported.
 *
 * OpenMetrics alone carries exemplars. It wants counters to end in `_total`; one that does not is of type `unknown` there, so that its series has the same name
 * in both formats. Bounds are written alike in both for the same reason.
 */
import type { Attributes } from '@opentelemetry/api';
import { DataPointType, type Histogram, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { getOrMake } from '../../common/get-or-make.ts';
import type { Exemplar } from '../../series/exemplars.ts';
import { FACADE_SCOPE } from '../../series/instrument.ts';
import { exemplarsOf } from '../series-producer.ts';
import { OPEN_METRICS_END, type PageFormat } from './formats.ts';
import { prometheusLabel, prometheusName } from './names.ts';

type FamilyType = 'counter' | 'gauge' | 'histogram' | 'info';

type HistogramSample = Histogram & { readonly exemplars?: readonly Exemplar[] };

interface Family {
  readonly name: string;
  readonly type: FamilyType;
  help: string;
  /** By labels: a number, or a histogram with its bounds. */
  readonly samples: Map<string, number | HistogramSample>;
}

/** Labels that every line of a page has. */
export type ExtraLabels = Readonly<Record<string, string>>;

export interface ExpositionOptions {
  readonly labels?: ExtraLabels;
  /** Called for each metric that is left out because its name belongs to another one. */
  readonly onConflict?: (name: string) => void;
  /** Default `text`. */
  readonly format?: PageFormat;
  /** Whether the page has the resource as `target_info`. Default true. */
  readonly targetInfo?: boolean;
}

/** Writes everything that was collected. */
export function exposition(metrics: ResourceMetrics, options: ExpositionOptions = {}): string {
  const families = new Families(options.onConflict);
  const resource = metrics.resource.attributes;
  const extra = labelsOf(options.labels ?? {});
  if (options.targetInfo !== false && Object.keys(resource).length > 0) {
    const labels = joinLabels(labelsOf(resource as Attributes), extra);
    families.of('target_info', 'info', 'Resource of this process.')?.samples.set(labels, 1);
  }
  for (const { scope, metrics: ofScope } of metrics.scopeMetrics) {
    const scopeLabels =
      scope.name === FACADE_SCOPE.name
        ? ''
        : labelsOf({
            otel_scope_name: scope.name,
            ...(scope.version && { otel_scope_version: scope.version }),
            ...(scope.schemaUrl && { otel_scope_schema_url: scope.schemaUrl }),
          });
    for (const metric of ofScope) addMetric(families, metric, joinLabels(scopeLabels, extra));
  }
  return families.write(options.format ?? 'text');
}

function addMetric(families: Families, metric: MetricData, scopeLabels: string): void {
  const type = typeOf(metric);
  if (type === undefined) return;
  const family = families.of(prometheusName(metric.descriptor.name), type, metric.descriptor.description);
  if (family === undefined) return;
  for (const point of metric.dataPoints) {
    const labels = joinLabels(labelsOf(point.attributes), scopeLabels);
    const exemplars = exemplarsOf(point);
    const value = (exemplars.length === 0 ? point.value : { ...(point.value as Histogram), exemplars }) as
      | number
      | HistogramSample;
    const present = family.samples.get(labels);
    family.samples.set(labels, present === undefined ? value : joined(present, value, metric));
  }
}

function joinLabels(left: string, right: string): string {
  return left === '' || right === '' ? left + right : `${left},${right}`;
}

/** Two series that became one by escaping. */
function joined(first: number | HistogramSample, second: number | HistogramSample, metric: MetricData): number | HistogramSample {
  if (typeof first === 'number' || typeof second === 'number') {
    return metric.dataPointType === DataPointType.SUM ? (first as number) + (second as number) : second;
  }
  const { boundaries, counts } = first.buckets;
  // With other bounds only the counts of buckets are known: each goes into the bucket that its upper end falls into.
  const merged = [...counts];
  second.buckets.counts.forEach((count, i) => {
    const end = second.buckets.boundaries[i] ?? Number.POSITIVE_INFINITY;
    const at = boundaries.findIndex((bound) => end <= bound);
    merged[at === -1 ? boundaries.length : at]! += count;
  });
  const sum = first.sum === undefined || second.sum === undefined ? undefined : first.sum + second.sum;
  return {
    buckets: { boundaries, counts: merged },
    count: first.count + second.count,
    ...(sum !== undefined && { sum }),
    ...(first.exemplars && { exemplars: first.exemplars }),
  };
}

function typeOf(metric: MetricData): FamilyType | undefined {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'gauge';
    case DataPointType.GAUGE:
      return 'gauge';
    case DataPointType.HISTOGRAM:
      return 'histogram';
    default:
      return undefined;
  }
}

/** Families by name, and the family of each sample name. */
class Families {
  readonly #families = new Map<string, Family>();
  /** Sample name → family name. */
  readonly #claims = new Map<string, string>();
  readonly #onConflict: ((name: string) => void) | undefined;

  constructor(onConflict: ((name: string) => void) | undefined) {
    this.#onConflict = onConflict;
  }

  /** The family of a name; `undefined` if the name belongs to another one. */
  of(name: string, type: FamilyType, help: string): Family | undefined {
    const known = this.#families.get(name);
    if (known?.type === type) {
      known.help ||= help;
      return known;
    }
    const samples = type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    if (name === '' || samples.some((sample) => this.#claims.has(sample))) {
      this.#onConflict?.(name);
      return undefined;
    }
    for (const sample of samples) this.#claims.set(sample, name);
    const family: Family = { name, type, help, samples: new Map() };
    this.#families.set(name, family);
    return family;
  }

  write(format: PageFormat): string {
    let text = '';
    for (const family of this.#families.values()) {
      if (family.samples.size === 0) continue;
      const { name, type } = format === 'text' ? inText(family) : this.#inOpenMetrics(family);
      text += `# HELP ${name} ${escapeHelp(family.help || 'No description was given.', format)}\n# TYPE ${name} ${type}\n`;
      for (const [labels, value] of family.samples) {
        text += typeof value === 'number' ? sample(family.name, labels, value) : histogram(family.name, labels, value, format);
      }
    }
    return format === 'text' ? text : `${text}${OPEN_METRICS_END}`;
  }

  /** Name and type of a family: its samples' name without the end that its type demands, where nothing else has that name. */
  #inOpenMetrics({ name, type }: Family): { readonly name: string; readonly type: string } {
    const end = type === 'counter' ? '_total' : type === 'info' ? '_info' : '';
    const stem = name.slice(0, name.length - end.length);
    if (end === '') return { name, type };
    return name.endsWith(end) && stem !== '' && !this.#claims.has(stem) ? { name: stem, type } : { name, type: 'unknown' };
  }
}

/** The text format has no type for what is only there for its labels. */
function inText({ name, type }: Family): { readonly name: string; readonly type: string } {
  return { name, type: type === 'info' ? 'gauge' : type };
}

function histogram(
  name: string,
  labels: string,
  { buckets, count, sum, exemplars = [] }: HistogramSample,
  format: PageFormat,
): string {
  const exemplarAt = (bucket: number): string => {
    const exemplar = format === 'openmetrics' ? exemplars.find((each) => each.bucket === bucket) : undefined;
    return exemplar === undefined ? '' : exemplarText(exemplar);
  };
  let text = '';
  let cumulative = 0;
  const before = labels === '' ? '' : `${labels},`;
  for (let i = 0; i < buckets.boundaries.length; i++) {
    cumulative += buckets.counts[i]!;
    text += `${name}_bucket{${before}le="${buckets.boundaries[i]}"} ${cumulative}${exemplarAt(i)}\n`;
  }
  text += `${name}_bucket{${before}le="+Inf"} ${count}${exemplarAt(buckets.boundaries.length)}\n`;
  return `${text}${sample(`${name}_sum`, labels, sum ?? Number.NaN)}${sample(`${name}_count`, labels, count)}`;
}

/** OpenMetrics 1.0, "Exemplars": the labels' names and values have at most 128 characters together; these have 64. */
function exemplarText({ value, timeMillis, traceId, spanId }: Exemplar): string {
  const labels = traceId === undefined ? '' : `trace_id="${traceId}",span_id="${spanId}"`;
  return ` # {${labels}} ${number(value)} ${(timeMillis / 1000).toFixed(3)}`;
}

function sample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${number(value)}\n` : `${name}{${labels}} ${number(value)}\n`;
}

/** JavaScript's text of a number is read by Prometheus' parser; its names of infinities are not. */
function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const labelTexts = new WeakMap<Attributes, string>();

/** `key="value",…` in the order of the labels, without braces. Values of keys that become the same are joined with `;` (OpenTelemetry's compatibility rules). */
function labelsOf(attributes: Attributes): string {
  const known = labelTexts.get(attributes);
  if (known !== undefined) return known;
  const byLabel = new Map<string, string[]>();
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    const label = prometheusLabel(key);
    const text = typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
    getOrMake(byLabel, label, () => [] as string[]).push(text);
  }
  // In the order of the labels: keys that differ by escaping only sort differently, and the same labels in two orders would be two lines of one series.
  const labels = [...byLabel]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([label, values]) => `${label}="${escapeValue(values.join(';'))}"`)
    .join();
  labelTexts.set(attributes, labels);
  return labels;
}

function escapeValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}

function escapeHelp(help: string, format: PageFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'text' ? escaped : escaped.replaceAll('"', '\\"');
}
