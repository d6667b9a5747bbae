/**
 * Resource attributes: facts about the process, on every record and every metric.
 */
import { REDACTED_TEXT } from '../common/mask-secrets.ts';
import { randomUuid } from '../common/random.ts';
import { compileRedaction, type RedactionOptions } from '../redaction/redaction.ts';
import { VERSION } from '../version.ts';
import type { Sources } from './sources/sources.ts';

export type Resource = Readonly<Record<string, string | number | boolean>>;

/**
 * Later sources win: own attributes, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, then the code's `resource` and `service`. Credentials are replaced as in the
 * fields of a record: /metrics and collectors show the resource.
 */
export function resolveResource(sources: Sources, redact: readonly string[], options: RedactionOptions): Resource {
  const joined = withoutCredentials(givenIn(sources), redact, options);
  return {
    'service.name': sources.general.value('service.name'),
    'service.instance.id': joined['service.instance.id'] ?? randomUuid(),
    'deployment.environment.name': sources.environment,
    'telemetry.sdk.name': 'hft-otel',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': VERSION,
    ...joined,
  };
}

function withoutCredentials(given: Resource, redact: readonly string[], options: RedactionOptions): Resource {
  if (Object.keys(given).every((name) => name.startsWith('service.'))) return given;
  const { redactsKey, maskText } = compileRedaction(redact, options);
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      redactsKey(name) ? REDACTED_TEXT : typeof value === 'string' ? maskText(value) : value,
    ]),
  );
}

/** Whether `service.instance.id` was configured. */
export function isInstanceIdGiven(sources: Sources): boolean {
  return givenIn(sources)['service.instance.id'] !== undefined;
}

function givenIn({ preset, variables, code }: Sources): Resource {
  const given = (layer: { values: ReadonlyMap<string, unknown> }) => {
    const attributes: Record<string, unknown> = { ...(layer.values.get('resource') as Resource | undefined) };
    for (const [path, name] of SERVICE_ATTRIBUTES) {
      const value = layer.values.get(path);
      if (value !== undefined) attributes[name] = value;
    }
    return attributes as Resource;
  };
  return { ...given(preset), ...given(variables), ...given(code) };
}

const SERVICE_ATTRIBUTES = [
  ['service.name', 'service.name'],
  ['service.version', 'service.version'],
  ['service.namespace', 'service.namespace'],
  ['service.instanceId', 'service.instance.id'],
] as const;
