/**
 * The routes that hold unless `routesMode` is `replace`. Levels are not theirs: each backend's own `level` decides what it takes, and that of `file` is
 * `warning` in production.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import type { RouteRule } from '../config/types.ts';

export interface NamedRule extends RouteRule {
  /** For explanations. */
  readonly name: string;
}

/** Tag of loggers whose records belong to the audit trail, whatever method wrote them. */
export const TRADING_TAG = 'trading';

export function defaultRules({ backends }: ResolvedConfig): readonly NamedRule[] {
  const own = backends.modules.map(({ name }) => name);
  return [
    { name: 'log records', when: { type: 'logs' }, to: ['console', 'file', 'otlp', 'bridge', 'memory', ...own] },
    { name: 'audit events', when: { type: 'audit' }, to: ['audit', 'otlp', 'bridge', 'memory', ...own] },
    { name: 'audit events while developing', when: { type: 'audit', environment: 'development' }, to: ['console'] },
    { name: `records tagged "${TRADING_TAG}"`, when: { tags: [TRADING_TAG] }, to: ['audit'] },
  ];
}

/** All rules in the order in which they are asked. */
export function rulesOf(config: ResolvedConfig): readonly NamedRule[] {
  const own = config.routes.map((rule, i) => ({ ...rule, name: `routes[${i}]` }));
  return config.routesMode === 'replace' ? own : [...own, ...defaultRules(config)];
}
