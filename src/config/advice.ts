/**
 * What is allowed and yet may not be meant: settings without effect, records that go nowhere, credentials in the clear. Goes into `warnings`.
 */
import { isIP } from 'node:net';
import type { Level } from '../record.ts';
import { CREDENTIAL_NAMES } from './credential-names.ts';
import type { ResolvedConfig } from './resolved.ts';
import type { Sources } from './sources.ts';

export function adviceOn(config: ResolvedConfig, sources: Sources): string[] {
  if (config.disabled) return ['OTEL_SDK_DISABLED is true: nothing is recorded, audit events included.'];
  const { backends } = config;
  const advice: string[] = [];
  const levels: ReadonlyMap<string, Level> = new Map([
    ...(['console', 'file', 'audit', 'bridge', 'memory'] as const)
      .filter((name) => backends[name].enabled)
      .map((name) => [name, backends[name].level] as const),
    ...(backends.otlp.logsEndpoint === undefined ? [] : [['otlp', backends.otlp.level] as const]),
    ...backends.modules.filter(({ enabled }) => enabled).map(({ name, level }) => [name, level] as const),
  ]);
  const takers = [...levels.keys()];
  if (takers.length === 0) advice.push('No backend takes records: they go nowhere. Enable one under backends.');
  else if (!takesAudit(config, levels))
    advice.push('No backend takes audit events: they go nowhere. Enable backends.audit, or give OTLP an endpoint.');
  for (const [i, { to }] of config.routes.entries()) {
    for (const name of to) if (!takers.includes(name)) advice.push(`routes[${i}] leads to "${name}", which is not enabled.`);
  }
  if (sources.names('otlp') && !backends.otlp.enabled && sources.given('backends.otlp.enabled') !== false) {
    advice.push('backends.otlp has no endpoint: nothing is sent. Set endpoint, or enabled: true for http://localhost:4318.');
  }
  if (
    config.redact.length > 0 &&
    sources.code.values.has('redact') &&
    !CREDENTIAL_NAMES.every((name) => config.redact.includes(name))
  ) {
    advice.push("redact replaces the default list of credential names: add '...' to keep it.");
  }
  advice.push(...clearTextAdvice(config));
  return advice;
}

/** Whether audit events are seen to: they need a backend that a rule leads them to, and whose level they pass; see router/default-rules.ts and router/log-backends.ts. */
function takesAudit({ routes, routesMode, environment }: ResolvedConfig, levels: ReadonlyMap<string, Level>): boolean {
  const takers = [...levels]
    .filter(([name, level]) => name === 'audit' || name === 'otlp' || level === 'debug' || level === 'info')
    .map(([name]) => name);
  const byDefault =
    routesMode === 'replace'
      ? []
      : takers.filter((name) => name !== 'file' && (name !== 'console' || environment === 'development'));
  const named = routes.filter(({ when }) => [when.type].flat().includes('audit'));
  if (named.some(({ to }) => to.length === 0)) return true; // they are known to go nowhere
  const byRule = routes.filter((rule) => rule.when.type === undefined || named.includes(rule)).flatMap(({ to }) => to);
  return [...byDefault, ...byRule].some((name) => takers.includes(name));
}

function clearTextAdvice({ backends: { otlp } }: ResolvedConfig): string[] {
  const requests = [
    { what: 'logs', url: otlp.logsEndpoint, headers: otlp.headers },
    { what: 'audit events', url: otlp.auditEndpoint, headers: otlp.auditHeaders },
    { what: 'metrics', url: otlp.metrics?.endpoint, headers: otlp.metrics?.headers ?? {} },
  ];
  return requests.flatMap(({ what, url, headers }) => {
    const name = Object.keys(headers).find((header) => /auth|key|token|secret|cookie|password/.test(header));
    if (url === undefined || name === undefined || !isClearText(new URL(url))) return [];
    return [`OTLP ${what}: the header "${name}" travels unencrypted to ${new URL(url).host}. Use https.`];
  });
}

/** Loopback is not a network. */
function isClearText({ protocol, hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return protocol === 'http:' && host !== 'localhost' && host !== '::1' && !(isIP(host) === 4 && host.startsWith('127.'));
}
