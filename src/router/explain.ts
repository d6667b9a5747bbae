/**
 * A dry run of the routes: where a record would go, and why.
 */
import { compileLevelRules } from '../config/level-rules.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { LEVELS, type Lane, type Level } from '../record.ts';
import { compileRoutes } from './rules.ts';

export interface RouteQuestion {
  readonly level?: Level;
  readonly logger?: string;
  readonly tags?: readonly string[];
  readonly type?: Lane;
}

/** One line for each backend, after a line about the logger's own level. */
export function explainRoute(config: ResolvedConfig, { level = 'info', logger = 'app', tags = [], type = 'logs' }: RouteQuestion): string {
  const rank = LEVELS.indexOf(level);
  const threshold = compileLevelRules(config).thresholdFor(logger);
  const about = `${type === 'audit' ? 'audit event' : level} of ${logger}${tags.length > 0 ? ` [${tags.join(', ')}]` : ''}`;
  if (type === 'logs' && rank < threshold) return `${about}: not written, this logger writes from ${LEVELS[threshold]} up`;
  const routes = compileRoutes(config);
  const mask = routes.maskFor(type, rank, logger, tags);
  return [about, ...routes.backends.map((name, bit) => `  ${(mask & (1 << bit)) === 0 ? '–' : '→'} ${name}`)].join('\n');
}
