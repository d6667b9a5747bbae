/**
 * The end of a process, or of the thread that made the instance: the worker delivers everything accepted to every backend while this thread sleeps, because no
 * event is handled any more. Where no worker has begun, this thread delivers if it can. Audit events that the worker does not write in time are written by this
 * thread.
 */
import { rescueAudit } from '../../audit/rescue.ts';
import type { Health } from '../../caller/api.ts';
import type { Producer } from '../../caller/producer.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import { ENDING_INSTANCE, ENDING_PROCESS } from '../../memory/flush.ts';
import { monotonicMillis } from '../../time/clock.ts';
import { Deadline } from '../../time/deadline.ts';
import type { Flushes } from '../flushes.ts';
import type { InstanceMemory } from '../memory.ts';
import type { ProducerRegistry } from '../producer-registry.ts';
import type { RecordHosts } from '../record-hosts.ts';
import { leaveRun } from '../run/run-end.ts';
import type { WorkerHost } from '../worker-host.ts';
import { reportAtExit, reportLoss } from './loss-report.ts';
import type { Shutdown } from './shutdown.ts';
import type { WithoutWorker } from './without-worker.ts';

/** A worker without a heartbeat for so long at an exit hangs: its loop turns every few milliseconds. */
const SILENCE_MILLIS = 2_000;

export interface ExitDrainParts {
  readonly config: ResolvedConfig;
  readonly memory: InstanceMemory;
  readonly producer: Producer;
  readonly producers: ProducerRegistry;
  readonly worker: WorkerHost;
  readonly hosts: RecordHosts;
  readonly flushes: Flushes;
  readonly shutdown: Shutdown;
  readonly health: () => Health;
  readonly withoutWorker: WithoutWorker;
}

export class ExitDrain {
  readonly #parts: ExitDrainParts;
  /** One for all of an exit, however often it drains. */
  #deadline: Deadline | undefined;
  #isOver = false;

  constructor(parts: ExitDrainParts) {
    this.#parts = parts;
  }

  /** `isLast`: no drain comes after it, and no more records are taken. Never throws. */
  run(isLast: boolean): void {
    const { config, memory, producer, producers, flushes, shutdown } = this.#parts;
    try {
      if (this.#isOver || shutdown.isOver) return;
      this.#isOver = isLast;
      this.#deadline ??= Deadline.in(config.exitTimeoutMillis);
      flushes.gather();
      const isComplete = this.#deliver(this.#deadline, isLast) ?? this.#flush(this.#deadline, isLast);
      if (!isLast) return;
      producer.close();
      if (!isComplete) this.#finishAlone(this.#deadline);
      leaveRun(memory, producers, false);
    } catch {
      // An error here must not change how the process ends.
    }
  }

  /** Undefined: it is the worker's to deliver. */
  #deliver(deadline: Deadline, isLast: boolean): boolean | undefined {
    const { producers, worker, withoutWorker } = this.#parts;
    const delivery = withoutWorker.openUnlessWorkerIsNeeded();
    // None begins any more. The process waits for its thread to end, and one that is stopped before Node has made its environment ends 12 ms sooner.
    if (delivery !== undefined) void worker.terminated();
    // What keeps a worker from starting (Node's permission model) keeps files from being opened, too: that does not change by waiting.
    const isComplete = delivery?.deliver(producers.all, { deadline, retries: !worker.doesNotStart });
    if (isLast) delivery?.close({ givesUp: false });
    return isComplete;
  }

  /** False when the time was over first, or no worker finishes. */
  #flush(deadline: Deadline, isLast: boolean): boolean {
    const { worker, hosts, flushes } = this.#parts;
    if (worker.doesNotStart) return false;
    if (worker.state === 'failed') worker.startNow();
    let heartbeat = -1;
    let silentSince = monotonicMillis();
    return flushes.flushSync(deadline, ENDING_PROCESS | (isLast ? ENDING_INSTANCE : 0), () => {
      hosts.serveSync();
      const now = monotonicMillis();
      if (heartbeat !== worker.heartbeat || worker.state === 'booting') {
        heartbeat = worker.heartbeat;
        silentSince = now;
      } else if (now - silentSince >= SILENCE_MILLIS) {
        // It hangs. A successor answers the flush, without the module that it hung in.
        const isReplaced = worker.replaceHungNow(SILENCE_MILLIS);
        reportAtExit(worker.lastError ?? 'The worker hangs.');
        if (!isReplaced) return false;
        silentSince = now;
      }
      return true;
    });
  }

  /** The worker has not finished: it is ended. If it had not even begun, this thread delivers what it can, and otherwise the audit events. */
  #finishAlone(deadline: Deadline): void {
    const { config, memory, producers, worker, flushes, health, withoutWorker } = this.#parts;
    const hasWaited = deadline.isOver;
    worker.endNow();
    if (withoutWorker.deliverOnce(producers.all, { givesUp: false })) return;
    rescueAudit(config, memory, producers.all, true);
    reportLoss(flushes.undelivered, health(), config.exitTimeoutMillis, hasWaited);
  }
}
