/**
 * Where records go: rules compiled once; the drain asks once for each scope and level and keeps the answer.
 */
import { namePattern } from '../config/name-pattern.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import type { RouteCondition, RouteRule } from '../config/types.ts';
import { LEVELS, type Lane, type Level } from '../record.ts';

export interface Routes {
  /** Backends that take log records, by bit. */
  readonly backends: readonly string[];
  maskFor(lane: Lane, levelRank: number, loggerName: string, tags: readonly string[]): number;
}

export function compileRoutes(config: ResolvedConfig): Routes {
  const levels = logBackendLevels(config);
  const backends = [...levels.keys()];
  const rules = [...config.routes, ...(config.routesMode === 'replace' ? [] : defaultRules(backends))].map((rule) => ({
    matches: compileCondition(rule.when, config),
    mask: rule.to.reduce((mask, name) => mask | (backends.includes(name) ? 1 << backends.indexOf(name) : 0), 0),
  }));
  const thresholds = backends.map((name) => LEVELS.indexOf(levels.get(name)!));
  return {
    backends,
    maskFor(lane, levelRank, loggerName, tags) {
      let mask = 0;
      for (const rule of rules) if (rule.matches(lane, levelRank, loggerName, tags)) mask |= rule.mask;
      if (lane === 'logs') thresholds.forEach((threshold, bit) => levelRank < threshold && (mask &= ~(1 << bit)));
      return mask;
    },
  };
}

function logBackendLevels({ backends }: ResolvedConfig): Map<string, Level> {
  const levels = new Map<string, Level>();
  if (backends.console.enabled) levels.set('console', backends.console.level);
  if (backends.file.enabled) levels.set('file', backends.file.level);
  if (backends.audit.enabled) levels.set('audit', backends.audit.level);
  if (backends.otlp.enabled && backends.otlp.logsEndpoint !== undefined) levels.set('otlp', backends.otlp.level);
  if (backends.bridge.enabled) levels.set('bridge', backends.bridge.level);
  if (backends.memory.enabled) levels.set('memory', backends.memory.level);
  for (const module of backends.modules) if (module.enabled) levels.set(module.name, module.level);
  return levels;
}

function defaultRules(backends: readonly string[]): RouteRule[] {
  const others = backends.filter((name) => name !== 'audit');
  return [
    { when: { type: 'logs' }, to: others },
    { when: { type: 'audit' }, to: ['audit', ...others.filter((name) => name !== 'console' && name !== 'file')] },
    { when: { tags: ['trading'] }, to: ['audit'] },
  ];
}

function compileCondition(when: RouteCondition, config: ResolvedConfig): (lane: Lane, rank: number, name: string, tags: readonly string[]) => boolean {
  const { level, type, tags: wanted, logger, environment } = when;
  if (environment !== undefined && ![environment].flat().includes(config.environment)) return () => false;
  const matchesName = logger === undefined ? () => true : namePattern(logger);
  const lanes = type === undefined ? undefined : [type].flat();
  const ranks = Array.isArray(level) ? level.map((each: Level) => LEVELS.indexOf(each)) : undefined;
  const least = typeof level === 'string' ? LEVELS.indexOf(level) : 0;
  return (lane, rank, name, tags) =>
    (lanes === undefined || lanes.includes(lane)) &&
    (ranks === undefined ? rank >= least : ranks.includes(rank)) &&
    (wanted === undefined || wanted.every((tag) => tags.includes(tag))) &&
    matchesName(name);
}
