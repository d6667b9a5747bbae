/**
 * The configuration's metric rules, compiled: the settings of an instrument by its name. The first rule that matches applies.
 */
import type { MetricRule } from '../settings/vocabulary.ts';

/** By a metric's canonical name. */
export type RuleLookup = (name: string) => MetricRule | undefined;

export function compileMetricRules(rules: readonly MetricRule[]): RuleLookup {
  const compiled = rules.map((rule) => ({ rule, pattern: patternOf(rule.match) }));
  return (name) => compiled.find(({ pattern }) => pattern.test(name))?.rule;
}

function patternOf(match: string): RegExp {
  const parts = match.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`);
}
