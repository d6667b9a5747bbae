/**
 * Where records go: rules compiled once into bit masks. The drain asks once for each scope and level and keeps the answer.
 */
import { bare, type NamedRule, rulesOf } from '../config/default-routes.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { passesLevel, type RunningBackend, runningBackends } from '../config/running.ts';
import type { Lane, Scope } from '../record.ts';
import { type Condition, compileCondition, type RoutedRecord } from './condition.ts';

export interface Routes {
  /** Names of the backends that take records: that of bit 0 first. At most 31. */
  readonly backends: readonly string[];
  /** A bit for each backend that gets the record. */
  maskFor(lane: Lane, levelRank: number, loggerName: string, tags: readonly string[]): number;
  /** Whether a rule with an empty `to` drops the record on purpose. */
  isDropped(lane: Lane, levelRank: number, loggerName: string, tags: readonly string[]): boolean;
  /** A bit for each backend that gets a record of this lane and level from any of these loggers. */
  maskForAny(lane: Lane, levelRank: number, loggers: readonly Pick<Scope, 'name' | 'tags'>[]): number;
  /** A bit for each backend that some logger could reach with a record of this lane and level. */
  reachOf(lane: Lane, levelRank: number): number;
}

/** A record of this logger goes to no backend, and no rule drops it on purpose. Called once for each logger and level. */
export type OnUnrouted = (lane: Lane, levelRank: number, loggerName: string) => void;

export interface CompiledRule {
  readonly rule: NamedRule;
  readonly misses: Condition;
  /** Bits of the running backends that it leads to. */
  readonly mask: number;
}

export function compileRoutes(config: ResolvedConfig, onUnrouted: OnUnrouted = () => {}): Routes {
  const backends = runningBackends(config);
  const rules = compileRules(config, backends);
  const route = (record: RoutedRecord) => {
    let ways = 0;
    let isMeant = false;
    for (const compiled of rules) {
      if (!applies(compiled, record)) continue;
      ways |= compiled.mask;
      if (!isLast(compiled.rule)) continue;
      isMeant = compiled.rule.to.length === 0;
      break;
    }
    return { mask: ways & passing(backends, record.lane, record.levelRank), isMeant };
  };
  return {
    backends: backends.map(({ name }) => name),
    maskFor(lane, levelRank, loggerName, tags) {
      const { mask, isMeant } = route({ lane, levelRank, loggerName, tags });
      if (mask === 0 && !isMeant) onUnrouted(lane, levelRank, loggerName);
      return mask;
    },
    isDropped: (lane, levelRank, loggerName, tags) => route({ lane, levelRank, loggerName, tags }).isMeant,
    maskForAny: (lane, levelRank, loggers) =>
      loggers.reduce((union, { name, tags }) => union | route({ lane, levelRank, loggerName: name, tags }).mask, 0),
    reachOf(lane, levelRank) {
      let ways = 0;
      for (const { rule, mask } of rules) {
        const { logger, tags, ...when } = rule.when;
        const misses = compileCondition(bare(when), config.environment);
        if (sparesAudit(rule, lane) || misses({ lane, levelRank, loggerName: '', tags: [] })) continue;
        ways |= mask;
        if (isLast(rule) && logger === undefined && tags === undefined) break;
      }
      return ways & passing(backends, lane, levelRank);
    },
  };
}

export function compileRules(config: ResolvedConfig, backends: readonly RunningBackend[]): readonly CompiledRule[] {
  const bitOf = (name: string) => {
    const index = backends.findIndex((backend) => backend.name === name);
    return index < 0 ? 0 : 1 << index;
  };
  return rulesOf(config).map((rule) => ({
    rule,
    misses: compileCondition(rule.when, config.environment),
    mask: rule.to.reduce((mask, name) => mask | bitOf(name), 0),
  }));
}

/** An empty `to` drops audit events only if the rule names their type, so that they cannot be lost by accident. */
export function applies({ rule, misses }: CompiledRule, record: RoutedRecord): boolean {
  return misses(record) === undefined && !sparesAudit(rule, record.lane);
}

export function sparesAudit({ to, when }: NamedRule, lane: Lane): boolean {
  return lane === 'audit' && to.length === 0 && when.type === undefined;
}

/** Whether evaluation ends with this rule. */
export function isLast({ to, final }: NamedRule): boolean {
  return to.length === 0 || final === true;
}

function passing(backends: readonly RunningBackend[], lane: Lane, levelRank: number): number {
  return backends.reduce((mask, backend, bit) => (passesLevel(backend, lane, levelRank) ? mask | (1 << bit) : mask), 0);
}
