/**
 * A page as Prometheus' text exposition format 0.0.4, or as OpenMetrics 1.0 where a scraper asks for it, under the names that the user wrote.
 *
 * OpenMetrics alone carries exemplars. It wants counters to end in `_total`; one that does not is of type `unknown` there, so that its series has the same name
 * in both formats. Bounds are written alike in both for the same reason.
 */
import type { Exemplar } from '../../series/exemplars.ts';
import type { Families, Family } from './families.ts';
import { OPEN_METRICS_END, type PageFormat } from './formats.ts';
import type { HistogramValue } from './histogram-value.ts';
import { type Head, openMetricsHeads } from './open-metrics-heads.ts';

export function pageText(families: Families, format: PageFormat = 'text'): string {
  let text = '';
  const shown = [...families].filter(({ samples }) => samples.size > 0);
  const headOf = format === 'text' ? inText : openMetricsHeads(shown);
  for (const family of shown) {
    const head = headOf(family);
    const help = escapeHelp(family.help || 'No description was given.', format);
    if (head === undefined) {
      text += histogramInParts(family, help);
      continue;
    }
    text += headText(head, help);
    for (const [labels, value] of family.samples) {
      text += typeof value === 'number' ? sample(family.name, labels, value) : histogram(family.name, labels, value, format);
    }
  }
  return format === 'text' ? text : `${text}${OPEN_METRICS_END}`;
}

function headText({ name, type }: Head, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** The text format has no type for what is only there for its labels. */
function inText({ name, type }: Family): Head {
  return { name, type: type === 'info' ? 'gauge' : type };
}

function histogram(
  name: string,
  labels: string,
  { buckets, count, sum, exemplars = [] }: HistogramValue,
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

/** A family of type `unknown` for each name that the samples of a histogram have. Their series are those of the histogram, without its exemplars. */
function histogramInParts({ name, samples }: Family, help: string): string {
  const parts = new Map<string, string>([`${name}_bucket`, `${name}_sum`, `${name}_count`].map((part) => [part, '']));
  for (const [labels, value] of samples) {
    for (const line of histogram(name, labels, value as HistogramValue, 'text').split(/(?<=\n)/)) {
      const part = /^[^ {]+/.exec(line)![0];
      parts.set(part, parts.get(part)! + line);
    }
  }
  return [...parts].map(([part, lines]) => headText({ name: part, type: 'unknown' }, help) + lines).join('');
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

function escapeHelp(help: string, format: PageFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'text' ? escaped : escaped.replaceAll('"', '\\"');
}
