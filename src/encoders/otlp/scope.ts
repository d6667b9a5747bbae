/**
 * The parts that many OTLP records have in common, encoded once: the resource and the instrumentation scope.
 */
import type { Scope } from '../../record.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import {
  RESOURCE_ATTRIBUTE,
  RESOURCE_LOGS_RESOURCE,
  SCOPE_LOGS_SCHEMA_URL,
  SCOPE_LOGS_SCOPE,
  SCOPE_NAME,
  SCOPE_VERSION,
} from './tags.ts';
import { writeAttribute } from './value.ts';

/** The parts of an OpenTelemetry scope. */
export type ScopeIdentity = Pick<Scope, 'name' | 'version' | 'schemaUrl' | 'resource'>;

/** The field `resource` of ResourceLogs. */
export function encodeResource(attributes: Readonly<Record<string, unknown>>): Uint8Array {
  const writer = new ProtobufWriter();
  const start = writer.open(RESOURCE_LOGS_RESOURCE);
  for (const [key, value] of Object.entries(attributes)) writeAttribute(writer, RESOURCE_ATTRIBUTE, key, value);
  writer.close(start);
  return writer.take();
}

/** The fields `scope` and `schema_url` of ScopeLogs. */
export function encodeScope({ name, version, schemaUrl }: ScopeIdentity): Uint8Array {
  const writer = new ProtobufWriter();
  const start = writer.open(SCOPE_LOGS_SCOPE);
  writer.text(SCOPE_NAME, name);
  if (version) writer.text(SCOPE_VERSION, version);
  writer.close(start);
  if (schemaUrl) writer.text(SCOPE_LOGS_SCHEMA_URL, schemaUrl);
  return writer.take();
}
