/**
 * Opens OTLP for one lane. OpenTelemetry's transport alone takes longer to load than all other modules, so each protocol loads only its own.
 */
import type { Outcome } from '../../contract/backend.ts';
import type { Lane } from '../../record.ts';
import type { Opened, RecordTools } from '../opening.ts';
import { keepDeadLetter } from './dead-letters.ts';
import { Endpoints, SWITCH_TIMEOUT_MILLIS } from './endpoints.ts';
import type { OtlpSettings } from './settings.ts';

export async function open(settings: OtlpSettings, { lane = 'logs', resource, onWarning }: RecordTools): Promise<Opened> {
  const senders = senderOptions(settings, lane);
  if (settings.protocol === 'http/json') {
    const { OtlpJsonBackend } = await import('./json.ts');
    return {
      backend: overEndpoints(senders, onWarning, (sender) => new OtlpJsonBackend({ ...sender, resource })),
      intervalMillis: settings.requestIntervalMillis,
    };
  }
  const [{ OtlpHttpSink }, { OtlpProtobufEncoder }] = await Promise.all([
    import('./http-sink.ts'),
    import('../../encoders/otlp/protobuf.ts'),
  ]);
  const onBroken = (bytes: Uint8Array, records: number, message: string) =>
    onWarning(keepDeadLetter(settings.deadLetters, { lane, records, message, bytes }));
  return {
    sink: overEndpoints(
      senders,
      onWarning,
      (sender) => new OtlpHttpSink({ ...sender, isPersistent: lane === 'audit', onBroken }),
    ),
    encoder: (source, context) => new OtlpProtobufEncoder(source, context, source.resource ?? resource),
    intervalMillis: settings.requestIntervalMillis,
    // Audit events are few, and arrive in the order of their numbers if one request follows the other.
    ...(lane === 'logs' && { concurrency: settings.concurrency }),
  };
}

interface Writer<Batch> {
  write(batch: Batch): Promise<Outcome>;
  flush?(): Promise<void>;
  reopen?(): void;
  close(): Promise<void>;
}

/** Joins the writers of several addresses into one. */
function overEndpoints<Batch, W extends Writer<Batch>>(
  senders: readonly SenderOptions[],
  onSwitch: (message: string) => void,
  make: (sender: SenderOptions) => W & Writer<Batch>,
): { write(batch: Batch): Promise<Outcome>; flush(): Promise<void>; reopen(): void; close(): Promise<void> } {
  const writers = senders.map(make);
  const endpoints = new Endpoints<Batch>(
    writers.map((writer, index) => ({ url: senders[index].url, write: (batch) => writer.write(batch) })),
    { onSwitch: (message) => onSwitch(`OTLP: ${message}`) },
  );
  return {
    write: (batch) => (writers.length === 1 ? writers[0].write(batch) : endpoints.write(batch)),
    flush: async () => void (await Promise.all(writers.map((writer) => writer.flush?.()))),
    reopen: () => {
      for (const writer of writers) writer.reopen?.();
    },
    close: async () => void (await Promise.all(writers.map((writer) => writer.close()))),
  };
}

type SenderOptions = ReturnType<typeof senderOptions>[number];

function senderOptions(otlp: OtlpSettings, lane: Lane) {
  const { compression, certificate, clientCertificate, clientKey } = otlp;
  const urls = lane === 'audit' ? otlp.auditEndpoints : otlp.logsEndpoints;
  const timeoutMillis = urls.length > 1 ? Math.min(otlp.timeoutMillis, SWITCH_TIMEOUT_MILLIS) : otlp.timeoutMillis;
  return urls.map((url) => ({
    url,
    headers: lane === 'audit' ? otlp.auditHeaders : otlp.headers,
    compression,
    timeoutMillis,
    ...(certificate !== undefined && { certificate }),
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(clientKey !== undefined && { clientKey }),
  }));
}
