/**
 * Finds levels that loggers write and no backend takes, because only the level of the loggers was lowered.
 */
import { namePattern } from '../common/name-pattern.ts';
import { LEVELS, type Level, rankOfLevel, readLevel } from '../record.ts';
import { type NamedRule, rulesOf } from './default-routes.ts';
import type { ResolvedConfig } from './resolved.ts';
import { passesLevel, type RunningBackend, runningBackends } from './running.ts';

/**
 * A warning if loggers that match `pattern` write from `level` up and no backend takes that level; otherwise undefined. The sentence begins with `what`: the
 * setting or the call that sets the level.
 */
export function untakenAdvice(config: ResolvedConfig, what: string, pattern: string, level: Level): string | undefined {
  const running = runningBackends(config);
  const rules = rulesOf(config).filter(({ when }) => holdsFor(when, config));
  const general = rules.filter(({ when }) => when.tags === undefined && coversAll(when.logger, pattern));
  const untaken = LEVELS.filter((_, rank) => rank >= rankOfLevel(level) && takers(general, running, rank).length === 0);
  if (running.length === 0 || !untaken.includes(level)) return undefined;
  const special = rules.filter((rule) => !general.includes(rule));
  const exceptions = untaken.some((each) => takers(special, running, rankOfLevel(each)).length > 0);
  const lowest = running.filter(
    ({ name, threshold }) => rankOfLevel(level) < threshold && general.some(({ to }) => to.includes(name)),
  );
  const remedy = lowest.map(
    ({ name, threshold }) => `${name} takes ${LEVELS[threshold]} and above: lower backends.${name}.level`,
  );
  return `${what}: no backend takes ${listed(untaken)} records${exceptions ? ', but for those that a route by tag or name leads somewhere' : ''}. ${[...remedy, 'add a backend'].join(', or ')}.`;
}

function holdsFor({ type, environment }: NamedRule['when'], config: ResolvedConfig): boolean {
  return (
    (type === undefined || [type].flat().includes('logs')) &&
    (environment === undefined || [environment].flat().includes(config.environment))
  );
}

/** Whether a rule for these loggers holds for every logger that the pattern matches. */
function coversAll(logger: string | undefined, pattern: string): boolean {
  return logger === undefined || namePattern(logger)(pattern);
}

function takers(rules: readonly NamedRule[], running: readonly RunningBackend[], rank: number): readonly RunningBackend[] {
  const leading = rules.filter(({ when }) => {
    if (when.level === undefined) return true;
    const ranks = [when.level].flat().map((name) => rankOfLevel(readLevel(name)!));
    return typeof when.level === 'string' ? rank >= ranks[0] : ranks.includes(rank);
  });
  return running.filter((backend) => passesLevel(backend, 'logs', rank) && leading.some(({ to }) => to.includes(backend.name)));
}

function listed(levels: readonly Level[]): string {
  return levels.length === 1 ? levels[0] : `${levels.slice(0, -1).join(', ')} and ${levels[levels.length - 1]}`;
}
