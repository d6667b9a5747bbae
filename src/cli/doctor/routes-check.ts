/**
 * Do important records arrive anywhere? A dry run of levels and routes.
 */
import { rulesOf } from '../../config/default-routes.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import { runningBackends } from '../../config/running.ts';
import { LEVELS, type Level, rankOfLevel } from '../../record.ts';
import { explainRouting } from '../../router/explain.ts';
import type { Finding } from './finding.ts';

export interface Expectation {
  /** From this level up records must arrive somewhere. */
  readonly level: Level;
  /** Of this logger. */
  readonly logger: string;
}

export function checkRoutes(config: ResolvedConfig, expected: Expectation): Finding[] {
  return [...checkLevels(config, expected), ...checkRules(config), ...checkAudit(config)];
}

function checkLevels(config: ResolvedConfig, { level, logger }: Expectation): Finding[] {
  const lost = LEVELS.slice(rankOfLevel(level))
    .map((each) => ({ each, ...explainRouting(config, { level: each, logger }) }))
    .filter(({ written, backends }) => !written || backends.every(({ gets }) => !gets));
  const subject = `records of ${logger}`;
  if (lost.length === 0)
    return [
      { status: 'ok', code: 'level-too-high', subject, message: `${level} and above are written, and a backend takes them.` },
    ];
  const names = lost.map(({ each }) => each).join(', ');
  const [{ written, writesFrom, backends }] = lost;
  if (!written)
    return [
      {
        status: 'fault',
        code: 'level-too-high',
        subject,
        message: `${names} are not written: the logger writes from ${writesFrom} up.`,
        remedy: `Set level: '${level}', or levels: { '${logger}': '${level}' } (a variable HFT_LOG_LEVEL counts too). At run time: hft-otel level set ${level} '${logger}'.`,
      },
    ];
  const reasons = backends.map(({ backend, because }) => `${backend}: ${because}`).join('; ');
  return [
    {
      status: 'fault',
      code: 'level-too-high',
      subject,
      message: `${names} go nowhere (${reasons === '' ? 'no backend of records runs' : reasons}).`,
      remedy:
        reasons === ''
          ? 'Enable a backend, for example backends.file.'
          : `Lower backends.<name>.level to '${level}', or add a route.`,
    },
  ];
}

function checkRules(config: ResolvedConfig): Finding[] {
  const running = new Set(runningBackends(config).map(({ name }) => name));
  const faults = rulesOf(config)
    .filter(({ name, to }) => name.startsWith('routes[') && to.length > 0 && !to.some((each) => running.has(each)))
    .map(
      ({ name, to }): Finding => ({
        status: 'fault',
        code: 'route-to-nowhere',
        subject: name,
        message: `It leads to ${to.join(', ')}, and none of them runs.`,
        remedy: `Enable ${to.map((each) => `backends.${each}`).join(' or ')}, or lead the route to one of ${[...running].join(', ') || 'the backends you enable'}.`,
      }),
    );
  if (faults.length > 0 || config.routes.length === 0) return faults;
  return [{ status: 'ok', code: 'route-to-nowhere', subject: 'routes', message: 'Each leads to a backend that runs.' }];
}

function checkAudit(config: ResolvedConfig): Finding[] {
  const { backends } = explainRouting(config, { type: 'audit' });
  const keepers = runningBackends(config).filter(({ backend }) => backend.carriesAudit === true);
  const reached = keepers.filter(({ name }) => backends.some(({ backend, gets }) => backend === name && gets));
  if (reached.length > 0)
    return [
      {
        status: 'ok',
        code: 'audit-nowhere',
        subject: 'audit events',
        message: `They go to ${reached.map(({ name }) => name).join(', ')}.`,
      },
    ];
  return [
    {
      status: 'warning',
      code: 'audit-nowhere',
      subject: 'audit events',
      message: 'No backend that keeps them gets them.',
      remedy: 'Enable backends.audit, or OTLP; leave it if the program writes none.',
    },
  ];
}
