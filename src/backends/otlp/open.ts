/**
 * Opens OTLP for one lane. OpenTelemetry's transport alone takes longer to load than all else, so each protocol loads what it needs.
 */
import type { Lane } from '../../record.ts';
import type { Opened, RecordTools } from '../opening.ts';
import { keepDeadLetter } from './dead-letters.ts';
import type { OtlpSettings } from './settings.ts';

export async function open(settings: OtlpSettings, { lane = 'logs', resource, onWarning }: RecordTools): Promise<Opened> {
  const sender = senderOptions(settings, lane);
  if (settings.protocol === 'http/json') {
    const { OtlpJsonBackend } = await import('./json.ts');
    return { backend: new OtlpJsonBackend({ ...sender, resource }) };
  }
  const [{ OtlpHttpSink }, { OtlpProtobufEncoder }] = await Promise.all([
    import('./http-sink.ts'),
    import('../../encoders/otlp/protobuf.ts'),
  ]);
  return {
    sink: new OtlpHttpSink({
      ...sender,
      isPersistent: lane === 'audit',
      onBroken: (bytes, records, message) => onWarning(keepDeadLetter(settings.deadLetters, { lane, records, message, bytes })),
    }),
    encoder: (source, context) => new OtlpProtobufEncoder(source, context, source.resource ?? resource),
    // Audit events are few, and arrive in the order of their numbers if one request follows the other.
    ...(lane === 'logs' && { concurrency: settings.concurrency }),
  };
}

function senderOptions(otlp: OtlpSettings, lane: Lane) {
  const { compression, timeoutMillis, certificate, clientCertificate, clientKey } = otlp;
  return {
    url: (lane === 'audit' ? otlp.auditEndpoint : otlp.logsEndpoint)!,
    headers: lane === 'audit' ? otlp.auditHeaders : otlp.headers,
    compression,
    timeoutMillis,
    ...(certificate !== undefined && { certificate }),
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(clientKey !== undefined && { clientKey }),
  };
}
