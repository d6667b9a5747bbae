/**
 * The configured backends, opened: what stands behind each bit of the routing masks, and behind the metrics.
 */
import { AuditFileSink } from '../audit/file-sink.ts';
import type { ResolvedSections } from '../backends/built-in.ts';
import { ConsoleSink } from '../backends/console/console.ts';
import { FileSink } from '../backends/file/file-sink.ts';
import type { RunForeign } from '../backends/module/module.ts';
import type { Backend } from '../contract/backend.ts';
import type { Sink } from '../contract/sink.ts';
import { LOCAL_MAX_PAUSE_MILLIS } from '../delivery/backoff.ts';
import { BridgeDestination } from '../delivery/bridge-destination.ts';
import { ByteDestination } from '../delivery/byte-destination.ts';
import type { Destination } from '../delivery/destination.ts';
import { LaneSplit } from '../delivery/lane-split.ts';
import { ObjectDestination } from '../delivery/object-destination.ts';
import { ObjectQueue } from '../delivery/object-queue.ts';
import { Outbox } from '../delivery/outbox.ts';
import type { OnAnswer } from '../delivery/outcome.ts';
import { Pump } from '../delivery/pump.ts';
import type { Encoder, LaneContext } from '../encoders/encoder.ts';
import { JsonLinesEncoder } from '../encoders/json/lines.ts';
import { OtlpProtobufEncoder } from '../encoders/otlp/protobuf.ts';
import { TextLinesEncoder } from '../encoders/text/lines.ts';
import type { BackendCounters } from '../health/counters.ts';
import { AUDIT_OUTBOX_SUFFIX, slotBytesOf } from '../instance/memory.ts';
import type { WorkerStart } from '../instance/wire.ts';
import { ForeignCode } from '../memory/foreign-code.ts';
import type { LaneSource } from '../read/lane-source.ts';
import type { Lane } from '../record.ts';
import { OutspokenCounters } from './outspoken-counters.ts';
import type { OwnHistograms } from './own-histograms.ts';
import { Reach } from './reach.ts';
import { exporterTags } from './sdk-metrics.ts';
import type { AnchoredClock } from './wall-clock.ts';

type MakeEncoder = (source: LaneSource, context: LaneContext) => Encoder;

export interface OpenBackends {
  /** By bit. */
  readonly destinations: readonly Destination[];
  /** True when everything was taken in time. `endsProcess`: a destination that was never reached is not waited for. */
  flush(timeoutMillis: number, endsProcess?: boolean): Promise<boolean>;
  close(timeoutMillis: number): Promise<boolean>;
}

/** The backends that take log records, in the order of their bits. */
export async function openBackends(
  start: WorkerStart,
  clock: AnchoredClock,
  own: OwnHistograms,
  onTrouble: (message: string) => void,
): Promise<OpenBackends> {
  const reaches = start.backendNames.map(() => new Reach());
  const destinations = await Promise.all(
    start.backendNames.map((name, index) =>
      openBackend(name, new OutspokenCounters(start.counters, index, name, onTrouble), reaches[index], start, clock, own),
    ),
  );
  const all = async (each: (destination: Destination, index: number) => Promise<boolean>) =>
    (await Promise.all(destinations.map(each))).every((complete) => complete);
  return {
    destinations,
    flush: (timeoutMillis, endsProcess = false) =>
      all((destination, index) => {
        const flushed = destination.flush(timeoutMillis);
        return endsProcess ? reaches[index].unlessUnreached(flushed) : flushed;
      }),
    close: (timeoutMillis) => all((destination) => destination.close(timeoutMillis)),
  };
}

/** What a backend needs is loaded when it is configured: OpenTelemetry's transport alone takes longer to load than all else. */
async function openBackend(
  name: string,
  counters: BackendCounters,
  reach: Reach,
  start: WorkerStart,
  clock: AnchoredClock,
  own: OwnHistograms,
): Promise<Destination> {
  const { console: terminal, file, audit, otlp, modules } = start.config.backends;
  const { instanceId, resource } = start.config;
  const onDelivered = own.deliveryDelayOf(name);
  const measure = own.operationDurationOf(exporterTags(name, otlp.protocol));
  const onAnswer: OnAnswer = (elapsedMillis, outcome) => {
    measure(elapsedMillis, outcome);
    reach.note(outcome);
  };
  const json: MakeEncoder = (source, context) =>
    new JsonLinesEncoder(source, context, String(source.resource?.['service.instance.id'] ?? instanceId));
  const bytes = (sink: Sink, makeEncoder: MakeEncoder, outboxName = name, concurrency = 1) => {
    const outbox = new Outbox(start.outboxes[outboxName], slotBytesOf(start.config, name));
    const pump = new Pump({
      outbox,
      sink,
      counters,
      concurrency,
      onDelivered,
      onAnswer,
      ...(name !== 'otlp' && { maxPauseMillis: LOCAL_MAX_PAUSE_MILLIS }),
    });
    const encoderOf = (source: LaneSource) => {
      const { lane, attributeLimit, tracker } = source;
      return makeEncoder(source, { lane, clock, attributeLimit, sequenceOf: tracker.full });
    };
    const destination = new ByteDestination(outbox, pump, counters, encoderOf, {
      holdsAuditBack: name === 'audit',
      inOrder: name === 'console',
    });
    return { outbox, destination };
  };
  const settled = ({ outbox, destination }: { outbox: Outbox; destination: ByteDestination }) => {
    if (start.restarts > 0) counters.settle(outbox.recordsWaiting, 'redelivered');
    destination.kick();
    return destination;
  };
  const objects = (backend: Backend, batchRecords?: number) => {
    const events = {
      onDelivered: (records: number, calledNanos: number) => {
        counters.add('delivered', records);
        onDelivered(calledNanos);
      },
      onAnswer,
      onDropped: (reason: Parameters<BackendCounters['drop']>[0], records: number) => counters.drop(reason, records),
      onRetry: () => counters.add('retries', 1),
      onState: (state: Parameters<BackendCounters['setState']>[0], error?: string) => counters.setState(state, error),
    };
    return new ObjectDestination(
      new ObjectQueue({ backend, events, ...(batchRecords !== undefined && { batchRecords }) }),
      counters,
    );
  };
  const settleLost = () => {
    if (start.restarts > 0) counters.settle(0, 'lost');
  };
  const onReopen = () => counters.add('reopens', 1);
  switch (name) {
    case 'console':
      return settled(
        bytes(
          new ConsoleSink({ stream: terminal.stream }),
          terminal.structured
            ? json
            : (source, context) => new TextLinesEncoder(source, context, { colored: terminal.colored, date: false }),
        ),
      );
    case 'file':
      return settled(
        bytes(
          new FileSink({ ...file, onReopen }),
          file.format === 'json'
            ? json
            : (source, context) => new TextLinesEncoder(source, context, { colored: false, date: true }),
        ),
      );
    case 'audit':
      return settled(bytes(new AuditFileSink({ ...audit, onReopen }), json));
    case 'otlp': {
      if (otlp.protocol === 'http/json') {
        const { OtlpJsonBackend } = await import('../backends/otlp/json.ts');
        settleLost();
        const lane = (each: Lane) => objects(new OtlpJsonBackend({ ...senderOptions(otlp, each), resource }));
        return new LaneSplit({ logs: lane('logs'), audit: lane('audit') });
      }
      const { OtlpHttpSink } = await import('../backends/otlp/http-sink.ts');
      const encode: MakeEncoder = (source, context) => new OtlpProtobufEncoder(source, context, source.resource ?? resource);
      const logs = bytes(new OtlpHttpSink(senderOptions(otlp, 'logs')), encode, name, otlp.concurrency);
      const audits = bytes(new OtlpHttpSink(senderOptions(otlp, 'audit')), encode, `${name}${AUDIT_OUTBOX_SUFFIX}`);
      if (start.restarts > 0) counters.settle(logs.outbox.recordsWaiting + audits.outbox.recordsWaiting, 'redelivered');
      const split = new LaneSplit({ logs: logs.destination, audit: audits.destination });
      split.kick();
      return split;
    }
    case 'bridge': {
      const { BRIDGE_BATCH_RECORDS, BridgeBackend } = await import('../backends/bridge/bridge.ts');
      settleLost();
      return new BridgeDestination(objects(new BridgeBackend(start.bridgePort!), BRIDGE_BATCH_RECORDS));
    }
    case 'memory': {
      const { BRIDGE_BATCH_RECORDS, BridgeBackend } = await import('../backends/bridge/bridge.ts');
      settleLost();
      return objects(new BridgeBackend(start.memoryPort!), BRIDGE_BATCH_RECORDS);
    }
    default: {
      const { ModuleBackend } = await import('../backends/module/module.ts');
      const own = modules.find((module) => module.name === name)!;
      settleLost();
      const reason = start.setAside[name];
      if (reason !== undefined) {
        counters.setState('failed', reason);
        return objects({ write: () => ({ status: 'failure', message: reason }) });
      }
      const foreign = new ForeignCode(new Int32Array(start.signals), start.backendNames.indexOf(name));
      const runForeign: RunForeign = (call) => foreign.run(call);
      const backend = new ModuleBackend({ module: own.module, options: own.options, context: { name, resource }, runForeign });
      void backend.trouble.then((trouble) => {
        if (trouble !== undefined) counters.setState('failed', trouble);
      });
      return objects(backend);
    }
  }
}

function senderOptions(otlp: ResolvedSections['otlp'], lane: Lane) {
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
