/**
 * An instance's parts, made from its configuration and put together: memory, this thread's producer, the worker and its host, flushes, the ways it ends.
 */
import { claimAuditNumbers } from '../audit/numbers.ts';
import type { Health } from '../caller/api.ts';
import type { Producer } from '../caller/producer.ts';
import type { Resolution } from '../config/resolve.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { endsWithoutWorker, usesWorker } from '../config/running.ts';
import { HftError } from '../errors.ts';
import { allocatorOf } from '../memory/allocator.ts';
import { openBlock } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { identityOf } from '../memory/signals.ts';
import { UnusedBlocks } from '../memory/unused-blocks.ts';
import { RingMeterProvider } from '../otel/meter-provider.ts';
import type { RecoveryScope } from '../recovery/report.ts';
import { watchThreads } from './ended-threads.ts';
import { ExitDrain } from './ending/exit-drain.ts';
import { type EndsWithProcess, registerForExit, unregisterForExit } from './ending/exits.ts';
import { Shutdown } from './ending/shutdown.ts';
import { type DeliveryAtExit, WithoutWorker } from './ending/without-worker.ts';
import { Flushes } from './flushes.ts';
import { Handover } from './handover.ts';
import { readHealth } from './health.ts';
import { allocateMemory, type InstanceMemory, type RunBefore } from './memory.ts';
import { openProducer } from './open-producer.ts';
import { ProducerRegistry } from './producer-registry.ts';
import { AuditReceipts } from './receipts/audit-receipts.ts';
import { answerAlone } from './receipts/without-worker.ts';
import { RecordHosts } from './record-hosts.ts';
import { Recoveries } from './run/recoveries.ts';
import { adviceOn, hasOtherRuns, isNews, recoveryOf } from './run/run-memory.ts';
import { SnapshotRequests } from './snapshot-requests.ts';
import { ThreadService } from './thread-service.ts';
import { type ThreadSettings, threadSettingsOf } from './thread-wire.ts';
import { Warnings } from './warnings.ts';
import { WorkerHost } from './worker-host.ts';
import { deliverMail } from './worker-mail.ts';
import { type BegunThread, beginThread, discardThread, type NoThread } from './worker-thread.ts';

export interface WiringOptions {
  /** Rings that were written before there was a configuration. */
  readonly adopted?: readonly ProducerMemory[];
  /** Other threads of the application log into this instance. Default false. */
  readonly servesThreads?: boolean;
  /** The run of the instance that this one replaces. */
  readonly before?: RunBefore;
  /** Runs of dead processes to recover. Default: those of the same service, with `persistence`. */
  readonly recovery?: RecoveryScope;
}

export interface InstanceParts {
  readonly config: ResolvedConfig;
  readonly memory: InstanceMemory;
  /** The settings that other threads need to log into this instance. */
  readonly settings: ThreadSettings;
  readonly producer: Producer;
  readonly producers: ProducerRegistry;
  readonly meterProvider: RingMeterProvider;
  readonly hosts: RecordHosts;
  readonly worker: WorkerHost;
  readonly threads: ThreadService | undefined;
  readonly snapshots: SnapshotRequests;
  readonly warnings: Warnings;
  readonly recoveries: Recoveries;
  readonly flushes: Flushes;
  readonly shutdown: Shutdown;
  readonly handover: Handover;
  /** Settles when the first worker is ready; rejects when several in a row do not start. */
  readonly ready: Promise<void>;
  readonly health: () => Health;
}

/** Opens the delivery on this thread; undefined where a worker has begun, or a backend needs one. */
export type OpenDeliveryAtExit = (
  config: ResolvedConfig,
  memory: InstanceMemory,
  onWarning: (message: string) => void,
) => DeliveryAtExit | undefined;

/** If it throws, nothing is left running. */
export function wireInstance(
  resolution: Resolution,
  openDeliveryAtExit: OpenDeliveryAtExit,
  options: WiringOptions = {},
): InstanceParts {
  // A program that may end without a worker ends the sooner the less of its thread has begun.
  const thread = usesWorker(resolution.config) ? beginThread() : undefined;
  try {
    return wireParts(thread, resolution, openDeliveryAtExit, options);
  } catch (error) {
    if (thread !== undefined) discardThread(thread);
    throw error;
  }
}

function wireParts(
  thread: BegunThread | NoThread | undefined,
  { config, bridgeTarget, ignored }: Resolution,
  openDeliveryAtExit: OpenDeliveryAtExit,
  options: WiringOptions,
): InstanceParts {
  const { adopted = [], servesThreads = false, before } = options;
  const memory = allocateMemory(config, before);
  const signals = openBlock(memory.signals).words;
  for (const { audit } of adopted) claimAuditNumbers(openBlock(audit.ring), openBlock(memory.run));
  const settings = threadSettingsOf(config, memory);
  const warnings = new Warnings(config.diagnosticLevel, config.warnings);
  const hosts = new RecordHosts(config, bridgeTarget);
  const snapshots = new SnapshotRequests();
  const receipts = config.backends.audit.enabled
    ? new AuditReceipts({
        run: memory.runIdentity.run,
        post: (requests) => (worker.isAbsent ? answerReceipts() : worker.post({ type: 'receipts', requests })),
      })
    : undefined;
  const producer = openProducer(settings, {
    askForReceipt: receipts && ((number, stage) => receipts.request(number, stage)),
    onSeries: (id, block) => handover.takeSeries(id, block),
    onWarning: (message) => warnings.note(message),
  });
  const producers = new ProducerRegistry(
    identityOf(signals),
    producer.memory,
    adopted,
    new UnusedBlocks(allocatorOf(memory.allocator)),
  );
  const answerReceipts = () => {
    if (receipts !== undefined) answerAlone(receipts, config, memory, producers.all);
  };
  const recoveries = new Recoveries(producer, warnings);
  const handover = new Handover({ signals, instanceId: config.instanceId, producers, worker: () => worker });
  const { promise: ready, resolve: onReady, reject } = Promise.withResolvers<void>();
  // Nobody may be awaiting `ready`: a rejection is a warning then, and no unhandled rejection.
  ready.catch(() => {});
  const worker = new WorkerHost({
    thread,
    signals,
    backendNames: memory.backendNames,
    isDispensable: before === undefined && config.handleExits && endsWithoutWorker(config),
    start: (history) => ({
      config,
      ...memory,
      producers: producers.all,
      foldedSeries: producers.foldedSeries,
      exported: producers.exported,
      ...hosts.openPorts(),
      ...history,
      serveThreads: servesThreads,
      recovery: options.recovery ?? recoveryOf(config),
    }),
    onMessage: (message) =>
      deliverMail(message, {
        producers,
        snapshots,
        warnings,
        receipts,
        shutdown,
        recoveries,
        onReady: () => {
          receipts?.askAgain();
          onReady();
        },
        onRecoveryNoted: (folder) => worker.post({ type: 'recovery-noted', folder }),
      }),
    onNoStart: (error) => {
      warnings.note(error.message);
      reject(error);
    },
    onNoWorker: () => {
      snapshots.giveUp();
      answerReceipts();
    },
    onWarning: (message) => warnings.note(message),
  });
  if ((options.recovery ?? recoveryOf(config)) === undefined) recoveries.noteOver();
  for (const warning of ignored) warnings.emit(warning);
  if (isNews(config, memory)) warnings.note(adviceOn(memory));
  const meterProvider = new RingMeterProvider(producer.meter);
  const threads = servesThreads
    ? new ThreadService(settings, {
        onProducer: (announced) => handover.takeProducer(announced),
        onSeries: (id, block) => handover.takeSeries(id, block),
        onEnded: (threadId) => producers.endThread(threadId),
        onWarning: (message) => warnings.note(message),
      })
    : undefined;
  const unwatchThreads = threads && watchEnds(threads, producers);
  const health = () =>
    readHealth({
      memory,
      producers: producers.all,
      foldedSeries: Object.values(producers.foldedSeries),
      worker,
      recovered: recoveries.health,
      warnings: warnings.all,
      audit: config.backends.audit,
    });
  const parts = {
    config,
    memory,
    settings,
    producer,
    producers,
    observables: meterProvider,
    threads,
    worker,
    hosts,
    handover,
    health,
  };
  const flushes = new Flushes(parts);
  const withoutWorker = new WithoutWorker({
    open: () => openDeliveryAtExit(config, memory, (message) => warnings.note(message)),
    // It takes over the rings of an instance that has not ended yet, keeps evidence of the clock beside audit events, and recovers runs of dead processes.
    isWorkerNeeded: () =>
      handover.predecessor !== undefined ||
      (!worker.doesNotStart && ((config.backends.audit.clockEvidence && producers.hasAudit) || hasOtherRuns(config, memory))),
  });
  const shutdown = new Shutdown({
    ...parts,
    flushes,
    withoutWorker,
    // A replaced instance ends behind the caller's back: its thread is not to write files for that.
    isWorkerAwaited: () =>
      (!worker.doesNotStart && (worker.isAwaited || snapshots.areWaiting || receipts?.areWaiting === true)) || handover.isLeaving,
    onEnded: () => {
      reject(new HftError('HFT_SHUT_DOWN', 'The instance has ended before its worker was ready.'));
      recoveries.noteOver();
      receipts?.end();
      unwatchThreads?.();
      unregisterForExit(ending);
    },
  });
  const exitDrain = new ExitDrain({ ...parts, flushes, shutdown, withoutWorker });
  const ending: EndsWithProcess = {
    drainSync: (isLast) => exitDrain.run(isLast),
    reopen: () => worker.post({ type: 'reopen' }),
  };
  if (config.handleExits) registerForExit(ending);
  return { ...parts, meterProvider, snapshots, warnings, recoveries, flushes, shutdown, ready };
}

/** A thread that was terminated announces no end: its rings are closed when its `exit` event arrives here. Returns a function that stops this. */
function watchEnds(threads: ThreadService, producers: ProducerRegistry): () => void {
  return watchThreads((threadId) => {
    threads.receiveNow();
    producers.endThread(threadId);
  });
}
