/**
 * Where records go: rules compiled once into bit masks. The drain asks once for each scope and level and keeps the answer.
 */
import { type NamedRule, rulesOf } from '../config/default-routes.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { passesLevel, type RunningBackend, runningBackends } from '../config/running.ts';
import type { Lane } from '../record.ts';
import { type Condition, compileCondition, type RoutedRecord } from './condition.ts';

export interface Routes {
  /** Names of the backends that take records: that of bit 0 first. At most 31. */
  readonly backends: readonly string[];
  /** A bit for each backend that gets the record. */
  maskFor(lane: Lane, levelRank: number, loggerName: string, tags: readonly string[]): number;
}

export interface CompiledRule {
  readonly rule: NamedRule;
  readonly misses: Condition;
  /** Bits of the running backends that it leads to. */
  readonly mask: number;
}

/** `onLostAudit` is called for each audit event that reaches no backend, unless a rule drops audit events on purpose. */
export function compileRoutes(config: ResolvedConfig, onLostAudit: (loggerName: string) => void = () => {}): Routes {
  const backends = runningBackends(config);
  const rules = compileRules(config, backends);
  return {
    backends: backends.map(({ name }) => name),
    maskFor(lane, levelRank, loggerName, tags) {
      const record = { lane, levelRank, loggerName, tags };
      let ways = 0;
      let isMeant = false;
      for (const compiled of rules) {
        if (!applies(compiled, record)) continue;
        ways |= compiled.mask;
        if (!isLast(compiled.rule)) continue;
        isMeant = compiled.rule.to.length === 0;
        break;
      }
      const mask = ways & passing(backends, lane, levelRank);
      if (mask === 0 && lane === 'audit' && !isMeant) onLostAudit(loggerName);
      return mask;
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
