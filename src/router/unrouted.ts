/**
 * Warns that records go to no backend: once for log records, and once for audit events. Without the warning a wrong configuration would be noticed only when
 * the records are missed. They are counted besides (`health().lanes.logs.unrouted`).
 */
import { quoted } from '../common/plain-json.ts';
import { untakenAdvice } from '../config/levels-taken.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { type Lane, LEVELS } from '../record.ts';
import type { OnUnrouted } from './rules.ts';

export function unroutedWarner(config: ResolvedConfig, warn: (message: string) => void): OnUnrouted {
  const warned = new Set<Lane>();
  return (lane, levelRank, loggerName) => {
    if (warned.has(lane)) return;
    warned.add(lane);
    warn(lane === 'audit' ? auditWarning(loggerName) : logWarning(config, levelRank, loggerName));
  };
}

function auditWarning(loggerName: string): string {
  return (
    `Audit events of the logger ${quoted(loggerName)} go nowhere: no backend takes them. Enable backends.audit, give OTLP an ` +
    "endpoint, or, if that is meant, add a route: { when: { type: 'audit' }, to: [] }. health().lanes.audit.unrouted counts them."
  );
}

function logWarning(config: ResolvedConfig, levelRank: number, loggerName: string): string {
  const level = LEVELS[levelRank];
  const logger = `The logger ${quoted(loggerName)}`;
  const advice =
    untakenAdvice(config, logger, loggerName, level) ??
    `${logger}: no backend takes its ${level} records. Lower the level of a backend, add a route, or raise the logger's level.`;
  return `${advice} health().lanes.logs.unrouted counts them; "hft-otel routes" shows where records go.`;
}
