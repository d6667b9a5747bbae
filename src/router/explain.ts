/**
 * A dry run of the routes: where a record would go, and why. For `explain()` of an instance and `hft-otel routes`.
 */
import { compileLevelRules } from '../config/level-rules.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { passesLevel, type RunningBackend, runningBackends } from '../config/running.ts';
import { LANES, type Lane, LEVELS, type Level, type LevelName, rankOfLevel, readLevel } from '../record.ts';
import type { RoutedRecord } from './condition.ts';
import { type CompiledRule, compileRules, isLast, sparesAudit } from './rules.ts';

export interface RouteQuestion {
  /** Default: `info`. Audit events are info. */
  readonly level?: LevelName;
  /** Default: `app`. */
  readonly logger?: string;
  readonly tags?: readonly string[];
  /** Default: `logs`. */
  readonly type?: Lane;
}

export interface RuleExplanation {
  /** `routes[0]`, or the purpose of a default rule. */
  readonly rule: string;
  readonly to: readonly string[];
  readonly applies: boolean;
  /** Why it does not apply, or why no later rule is evaluated. */
  readonly because?: string;
}

export interface BackendExplanation {
  readonly backend: string;
  readonly gets: boolean;
  /** The rules that lead there, or the reason why nothing arrives. */
  readonly because: string;
}

export interface RouteExplanation {
  readonly record: string;
  /** False when the logger's own level keeps the record from being written at all. */
  readonly written: boolean;
  /** The level that the logger writes from. Audit events are always written. */
  readonly writesFrom: Level;
  readonly rules: readonly RuleExplanation[];
  readonly backends: readonly BackendExplanation[];
}

export function explainRouting(config: ResolvedConfig, question: RouteQuestion = {}): RouteExplanation {
  const { level: name = 'info', logger = 'app', tags = [], type = 'logs' } = question;
  const level = readLevel(name);
  if (level === undefined) throw new RangeError(`explain: ${JSON.stringify(name)} is no level; use one of ${LEVELS.join(', ')}.`);
  if (!LANES.includes(type)) throw new RangeError(`explain: ${JSON.stringify(type)} is no type; use one of ${LANES.join(', ')}.`);
  const record: RoutedRecord = { lane: type, levelRank: rankOfLevel(level), loggerName: logger, tags };
  const threshold = compileLevelRules(config).thresholdFor(logger);
  const written = type === 'audit' || record.levelRank >= threshold;
  const backends = runningBackends(config);
  const rules = compileRules(config, backends);
  const explained = explainRules(rules, record);
  return {
    record: `${type === 'audit' ? 'audit event' : level} of ${logger}${tags.length > 0 ? ` [${tags.join(', ')}]` : ''}`,
    written,
    writesFrom: LEVELS[threshold],
    rules: explained,
    backends: backends.map((backend) => explainBackend(backend, explained, record, written, threshold)),
  };
}

function explainRules(rules: readonly CompiledRule[], record: RoutedRecord): readonly RuleExplanation[] {
  let endedBy: string | undefined;
  return rules.map(({ rule, misses }) => {
    const about = { rule: rule.name, to: rule.to };
    if (endedBy !== undefined) return { ...about, applies: false, because: `not asked: ${endedBy} is the last` };
    const miss = misses(record);
    if (miss !== undefined) return { ...about, applies: false, because: miss };
    if (sparesAudit(rule, record.lane))
      return { ...about, applies: false, because: 'audit events are dropped only by rules with type: audit' };
    if (!isLast(rule)) return { ...about, applies: true };
    endedBy = rule.name;
    return { ...about, applies: true, because: rule.to.length === 0 ? 'leads nowhere' : 'final' };
  });
}

function explainBackend(
  backend: RunningBackend,
  rules: readonly RuleExplanation[],
  { lane, levelRank }: RoutedRecord,
  written: boolean,
  threshold: number,
): BackendExplanation {
  const { name } = backend;
  const leading = rules.filter(({ applies, to }) => applies && to.includes(name)).map(({ rule }) => rule);
  if (!written) return { backend: name, gets: false, because: `not written: this logger writes from ${LEVELS[threshold]} up` };
  if (leading.length === 0) return { backend: name, gets: false, because: 'no rule leads here' };
  if (!passesLevel(backend, lane, levelRank))
    return { backend: name, gets: false, because: `takes ${LEVELS[backend.threshold]} and above` };
  return { backend: name, gets: true, because: leading.join('; ') };
}

/** The same as text: a line about the record, one for each backend, one for each rule. */
export function explainRoute(config: ResolvedConfig, question: RouteQuestion = {}): string {
  const { record, written, writesFrom, rules, backends } = explainRouting(config, question);
  const width = Math.max(0, ...backends.map(({ backend }) => backend.length));
  return [
    written ? record : `${record}: not written, this logger writes from ${writesFrom} up`,
    ...backends.map(({ backend, gets, because }) => `  ${gets ? '→' : '–'} ${backend.padEnd(width)}  ${because}`),
    'rules, in order',
    ...rules.map(
      ({ rule, to, applies, because }) =>
        `  ${applies ? '✓' : '·'} ${rule} → ${to.join(', ') || 'nowhere'}${because === undefined ? '' : ` (${because})`}`,
    ),
  ].join('\n');
}
