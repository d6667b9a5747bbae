/**
 * OpenTelemetry's metrics as families of a Prometheus page.
 *
 * OpenTelemetry's exporter and its serializer are not used because they append `_total` to every counter, which no other path does, drop both metrics when two disagree about
 * their type, and write labels twice that become the same by escaping: two of which Prometheus refuses. Tests compare with it where the two agree.
 *
 * Metrics whose names become the same by escaping are one family, and series whose labels do are one series.
 */
import type { Attributes } from '@opentelemetry/api';
import { DataPointType, type Histogram, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { getOrMake } from '../../common/get-or-make.ts';
import { FACADE_SCOPE } from '../../series/instrument.ts';
import { exemplarsOf } from '../series-producer.ts';
import { Families, type FamilyType } from './families.ts';
import type { HistogramValue } from './histogram-value.ts';
import { escapeValue, joinLabels, prometheusLabel, prometheusName } from './names.ts';

export interface OtelFamiliesOptions {
  /** Called for each metric that is left out because its name belongs to another one. */
  readonly onConflict?: (name: string) => void;
  /** Whether the resource is there as `target_info`. Default true. */
  readonly targetInfo?: boolean;
}

export function familiesOf(metrics: ResourceMetrics, options: OtelFamiliesOptions = {}): Families {
  const families = new Families(options.onConflict);
  const resource = metrics.resource.attributes;
  if (options.targetInfo !== false && Object.keys(resource).length > 0) {
    const samples = [[labelsOf(resource as Attributes), 1]] as const;
    families.add({ name: 'target_info', type: 'info', help: 'Resource of this process.', samples });
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
    for (const metric of ofScope) addMetric(families, metric, scopeLabels);
  }
  return families;
}

function addMetric(families: Families, metric: MetricData, scopeLabels: string): void {
  const type = typeOf(metric);
  if (type === undefined) return;
  families.add({
    name: prometheusName(metric.descriptor.name),
    type,
    help: metric.descriptor.description,
    samples: metric.dataPoints.map((point) => [joinLabels(labelsOf(point.attributes), scopeLabels), sampleOf(point)]),
    // The sum of an up-down counter is a gauge on the page.
    isSum: metric.dataPointType === DataPointType.SUM,
  });
}

function sampleOf(point: MetricData['dataPoints'][number]): number | HistogramValue {
  const exemplars = exemplarsOf(point);
  if (exemplars.length === 0) return point.value as number | Histogram;
  return { ...(point.value as Histogram), exemplars };
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
