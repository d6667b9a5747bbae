/**
 * The metric rules for the collector. A thread applies them when it makes an instrument; the collector applies them once more, to instruments that were made
 * before the thread knew them: before `configureLogging`, or under the configuration that another one has replaced.
 */
import type { InstrumentDefinition } from '../series/instrument.ts';
import type { SeriesRule } from '../series/merge.ts';
import type { MetricRule } from '../settings/vocabulary.ts';
import { canonicalKey, labelOf } from './names.ts';
import { ruleBounds } from './registry.ts';
import { compileMetricRules } from './rules.ts';

/** @param except names of metrics that no rule changes: the pipeline's own */
export function seriesRules(
  rules: readonly MetricRule[],
  except: ReadonlySet<string>,
): (definition: InstrumentDefinition) => SeriesRule | undefined {
  const ruleOf = compileMetricRules(rules);
  return ({ name }) => {
    const rule = except.has(name) ? undefined : ruleOf(name);
    if (rule === undefined) return undefined;
    const { aggregation, buckets, tags } = rule;
    return { aggregation, bounds: buckets && ruleBounds(buckets), keeps: tags && keeperOf(tags) };
  };
}

/** Of tags that a thread has kept, all are kept again: their keys may be those that several became. */
function keeperOf(tags: readonly string[]): (key: string) => boolean {
  const labels = new Set(tags.map((tag) => labelOf(canonicalKey(tag))));
  return (key) => labels.has(labelOf(key));
}
