/**
 * Finds settings that are allowed but probably not intended: without effect, leading nowhere, sending credentials in clear text. They become `warnings`.
 */
import { SECTIONS } from '../../backends/built-in.ts';
import { CREDENTIAL_NAMES } from '../../common/credential-names.ts';
import { AUDIT_RANK } from '../../record.ts';
import { rulesOf } from '../default-routes.ts';
import { untakenAdvice } from '../levels-taken.ts';
import type { ResolvedConfig } from '../resolved.ts';
import { passesLevel, type RunningBackend, runningBackends } from '../running.ts';
import type { Sources } from '../sources/sources.ts';

export function adviceOn(config: ResolvedConfig, sources: Sources): string[] {
  if (config.disabled) return ['OTEL_SDK_DISABLED is true: nothing is recorded, audit events included.'];
  const advice: string[] = [];
  const running = runningBackends(config);
  if (running.length === 0) advice.push('No backend takes records: they go nowhere. Enable one under backends.');
  else if (!takesAudit(config, running))
    advice.push('No backend takes audit events: they go nowhere. Enable backends.audit, or give OTLP an endpoint.');
  advice.push(...levelAdvice(config, sources));
  for (const [i, { to }] of config.routes.entries()) {
    for (const name of to)
      if (!running.some((backend) => backend.name === name))
        advice.push(`routes[${i}] leads to "${name}", which is not enabled.`);
  }
  for (const { name, settings } of running) {
    for (const other of settings.failover)
      if (!running.some((backend) => backend.name === other))
        advice.push(`backends.${name}.failover leads to "${other}", which is not enabled.`);
  }
  if (
    config.redact.length > 0 &&
    sources.code.values.has('redact') &&
    !CREDENTIAL_NAMES.every((name) => config.redact.includes(name))
  ) {
    advice.push("redact replaces the default list of credential names: add '...' to keep it.");
  }
  const { page, control } = config;
  if (page.port !== undefined && page.token === undefined && !control.enabled)
    advice.push(
      'page.port has no page.token, and control is off: nobody can learn the random token of the page. Set page.token (HFT_PAGE_TOKEN), or control.enabled, with which `hft-otel page` prints it.',
    );
  for (const section of SECTIONS) {
    const resolved = (config.backends as unknown as Record<string, unknown>)[section.name];
    advice.push(...(section.advise?.(resolved, sources.section(section)) ?? []));
  }
  return advice;
}

/** Checks levels that the code or a variable sets. The levels of a preset fit together by design. */
function levelAdvice(config: ResolvedConfig, { code, variables }: Sources): readonly string[] {
  const isGiven = (path: 'level' | 'levels') => code.values.has(path) || variables.values.has(path);
  const asked = [
    ...(isGiven('level') ? [untakenAdvice(config, `level "${config.level}"`, '*', config.level)] : []),
    ...(isGiven('levels') ? Object.entries(config.levels) : []).map(([pattern, level]) =>
      untakenAdvice(config, `levels["${pattern}"] "${level}"`, pattern, level),
    ),
  ];
  return asked.filter((advice) => advice !== undefined);
}

/** Whether audit events, which count as info, reach a backend, or a rule drops them on purpose. */
function takesAudit(config: ResolvedConfig, running: readonly RunningBackend[]): boolean {
  const rules = rulesOf(config).filter(
    ({ when }) =>
      (when.type === undefined || [when.type].flat().includes('audit')) &&
      (when.environment === undefined || [when.environment].flat().includes(config.environment)),
  );
  if (rules.some(({ when, to }) => to.length === 0 && when.type !== undefined)) return true;
  const takers = running.filter((backend) => passesLevel(backend, 'audit', AUDIT_RANK));
  return rules.some(({ to }) => takers.some(({ name }) => to.includes(name)));
}
