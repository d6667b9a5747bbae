/**
 * The backends that take records, in the order of their bits, and the level each takes from.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import { type Lane, LEVELS } from '../record.ts';

export interface LogBackend {
  readonly name: string;
  /** Rank of the least level that it takes. */
  readonly threshold: number;
}

/** `console`, `file`, `audit`, `otlp`, `bridge`, `memory`, as far as they are enabled, then the user's own in the order of the configuration. */
export function logBackends({ backends }: ResolvedConfig): readonly LogBackend[] {
  const { console: terminal, file, audit, otlp, bridge, memory, modules } = backends;
  const all = [
    { name: 'console', ...terminal },
    { name: 'file', ...file },
    { name: 'audit', ...audit },
    { name: 'otlp', level: otlp.level, enabled: otlp.enabled && otlp.logsEndpoint !== undefined },
    { name: 'bridge', ...bridge },
    { name: 'memory', ...memory },
    ...modules,
  ];
  return all.filter(({ enabled }) => enabled).map(({ name, level }) => ({ name, threshold: LEVELS.indexOf(level) }));
}

/** Audit events pass every threshold of the backends that carry the audit trail; elsewhere they count as the info records that they are. */
export function passes({ name, threshold }: LogBackend, lane: Lane, levelRank: number): boolean {
  return levelRank >= threshold || (lane === 'audit' && (name === 'audit' || name === 'otlp'));
}
