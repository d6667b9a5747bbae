/**
 * The default routes; they apply unless `routesMode` is `replace`. They do not look at levels: each backend's own `level` decides which records it takes.
 */
import { RECORD_BACKENDS } from '../backends/built-in.ts';
import type { DefaultRoute, RecordBackend } from '../backends/descriptor.ts';
import { moduleBackend } from '../backends/module/descriptor.ts';
import { AUDIT_RANK } from '../record.ts';
import type { RouteCondition, RouteRule } from '../settings/vocabulary.ts';
import type { ResolvedConfig } from './resolved.ts';
import { passesLevel, runningBackends } from './running.ts';

export interface NamedRule extends RouteRule {
  /** For explanations. */
  readonly name: string;
}

/** Tag of loggers whose records belong to the audit trail, whatever method wrote them. */
const TRADING_TAG = 'trading';

const ROUTES: readonly { readonly route: DefaultRoute; readonly name: string; readonly when: RouteCondition }[] = [
  { route: 'logs', name: 'log records', when: { type: 'logs' } },
  { route: 'audit', name: 'audit events', when: { type: 'audit' } },
  {
    route: 'audit while developing',
    name: 'audit events while developing',
    when: { type: 'audit', environment: 'development' },
  },
  { route: 'trading', name: `records tagged "${TRADING_TAG}"`, when: { tags: [TRADING_TAG] } },
];

function defaultRules({ backends }: ResolvedConfig): readonly NamedRule[] {
  const all: readonly Pick<RecordBackend, 'name' | 'defaultRoutes'>[] = [
    ...RECORD_BACKENDS,
    ...backends.modules.map(({ name }) => moduleBackend(name)),
  ];
  return ROUTES.map(({ route, name, when }) => ({
    name,
    when,
    to: all.filter(({ defaultRoutes }) => defaultRoutes.includes(route)).map((backend) => backend.name),
  }));
}

/** Names of the running backends that audit events of some logger reach. */
export function takersOfAudit(config: ResolvedConfig): readonly string[] {
  const takers = runningBackends(config).filter((backend) => passesLevel(backend, 'audit', AUDIT_RANK));
  const rules = rulesOf(config).filter(({ when }) => when.type === undefined || [when.type].flat().includes('audit'));
  return takers.map(({ name }) => name).filter((name) => rules.some(({ to }) => to.includes(name)));
}

/** All rules in the order of evaluation. */
export function rulesOf(config: ResolvedConfig): readonly NamedRule[] {
  const own = config.routes.map((rule, i) => ({ ...rule, name: `routes[${i}]` }));
  const rules = config.routesMode === 'replace' ? own : [...own, ...defaultRules(config)];
  return rules.map((rule) => bare({ ...rule, when: bare(rule.when) }));
}

/** Without a prototype: an application may have added `level` or `tags` to `Object.prototype`, and every rule would have them. */
export function bare<T extends object>(members: T): T {
  return Object.assign(Object.create(null), members);
}
