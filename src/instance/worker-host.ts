/**
 * Keeps a worker running: starts it, hears when it dies, starts a successor on the same memory.
 */

import { Worker } from 'node:worker_threads';
import { HftError } from '../errors.ts';
import {
  SIGNAL_FLUSH_DONE,
  SIGNAL_HEARTBEAT,
  SIGNAL_WORKER_STATE,
  WORKER_BOOTING,
  WORKER_FAILED,
  WORKER_RUNNING,
  WORKER_STOPPED,
} from '../memory/signals.ts';
import { monotonicMillis } from '../time/clock.ts';
import { type Deadline, TIMED_OUT } from '../time/deadline.ts';
import { type RunningTimer, startTimer, stopTimer } from '../time/real-timers.ts';
import type { FromWorker, ToWorker, WorkerStart } from './wire.ts';

/** Pauses before the successors of workers that die one after the other. */
const RESTART_PAUSES_MILLIS = [0, 20, 50, 100, 250, 500, 1_000];

/** The worker makes little garbage, and V8's default lets 16 MB and more of it lie before it looks: 4 MB less resident at rest (measured). */
const YOUNG_GENERATION_MB = 4;

/** Starts that failed in a row after which whoever waits for a worker is told: a file that is missing does not come back. */
const HOPELESS_STARTS = 4;

/** A worker that has run for so long after it was ready starts the row anew: what killed it is not what it began with. */
const HEALTHY_MILLIS = 200;

export type WorkerState = 'booting' | 'running' | 'stopped' | 'failed';

const STATE_NAMES: Readonly<Record<number, WorkerState>> = {
  [WORKER_BOOTING]: 'booting',
  [WORKER_RUNNING]: 'running',
  [WORKER_STOPPED]: 'stopped',
  [WORKER_FAILED]: 'failed',
};

export interface WorkerHostOptions {
  readonly signals: Int32Array;
  /** What a (new) worker is started with. */
  readonly start: (restarts: number) => WorkerStart;
  readonly onMessage: (message: FromWorker) => void;
  /** Workers have ended several times before they were ready. They go on being tried. */
  readonly onHopeless: (cause: string) => void;
}

export class WorkerHost {
  restarts = 0;
  /** Why the last worker died, with its code and remedy. */
  lastError: string | undefined;
  readonly #options: WorkerHostOptions;
  #worker: Worker | undefined;
  #stopping = false;
  #readyAt = Number.POSITIVE_INFINITY;
  #deaths = 0;
  /** In a row, without one that has been ready. */
  #failedStarts = 0;
  #cause: string | undefined;
  #restartTimer: RunningTimer | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#start();
  }

  get state(): WorkerState {
    return STATE_NAMES[Atomics.load(this.#options.signals, SIGNAL_WORKER_STATE)] ?? 'failed';
  }

  /** So many starts have failed in a row that nothing is worth waiting for. They go on, at longer intervals. */
  get isHopeless(): boolean {
    return this.#failedStarts >= HOPELESS_STARTS;
  }

  /**
   * For somebody who has begun to wait for a worker: whether it is of use no more. While starts have failed in a row, that is told by the next one, which is
   * made at once: what kept them from starting may be over.
   */
  lastChance(): () => boolean {
    if (!this.isHopeless) return () => this.isHopeless;
    const failedStarts = this.#failedStarts;
    if (this.state === 'failed') this.startNow();
    return () => this.#failedStarts > failedStarts;
  }

  /** Raised by the worker in each turn of its loop. */
  get heartbeat(): number {
    return Atomics.load(this.#options.signals, SIGNAL_HEARTBEAT);
  }

  post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  /** Settles when the worker is gone; at the deadline it is terminated. */
  async stopped(deadline: Deadline): Promise<void> {
    this.#stopping = true;
    stopTimer(this.#restartTimer);
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    if ((await deadline.race(this.#exited)) === TIMED_OUT) await worker.terminate();
  }

  /** From inside an exit handler, where no event is heard any more: a worker for what the dead one has left. */
  startNow(): void {
    stopTimer(this.#restartTimer);
    this.#start();
  }

  #start(): void {
    const { signals, start, onMessage } = this.#options;
    Atomics.store(signals, SIGNAL_WORKER_STATE, WORKER_BOOTING);
    const data = start(this.restarts);
    this.#readyAt = Number.POSITIVE_INFINITY;
    let worker: Worker;
    try {
      worker = new Worker(workerFile(), {
        name: 'hft-otel',
        workerData: data,
        transferList: [data.bridgePort, data.memoryPort].filter((port) => port !== undefined),
        // `--import` hooks of the application are not for this thread: they would start its instrumentation a second time.
        execArgv: [],
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      });
    } catch (error) {
      // Node's permission model forbids threads, the system has none left, or a bundler has left nothing of `import.meta.url`: as good as a worker that
      // died at once.
      this.#cause = causeOf(error);
      this.#onExit(1);
      return;
    }
    this.#worker = worker;
    // Held until it is ready, so that `await logging.ready` works in a program that does nothing else; from then on it keeps no process alive.
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') {
        this.#readyAt = monotonicMillis();
        this.#failedStarts = 0;
        worker.unref();
      }
      onMessage(message);
    });
    worker.on('error', (error) => {
      this.#cause = causeOf(error);
    });
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        if (this.#worker === worker) this.#onExit(code);
        resolve();
      });
    });
  }

  #onExit(code: number): void {
    this.#worker = undefined;
    if (this.#stopping) {
      Atomics.store(this.#options.signals, SIGNAL_WORKER_STATE, WORKER_STOPPED);
      return;
    }
    Atomics.store(this.#options.signals, SIGNAL_WORKER_STATE, WORKER_FAILED);
    const cause = this.#cause ?? `it ended with code ${code}`;
    this.#cause = undefined;
    const died = new HftError('HFT_WORKER_DIED', `The worker died: ${cause}.`);
    this.lastError = `${died.code}: ${died.message}`;
    const hasBeenReady = this.#readyAt !== Number.POSITIVE_INFINITY;
    this.#deaths = monotonicMillis() - this.#readyAt > HEALTHY_MILLIS ? 1 : this.#deaths + 1;
    this.restarts++;
    const pause = RESTART_PAUSES_MILLIS[Math.min(this.#deaths, RESTART_PAUSES_MILLIS.length) - 1];
    if (!hasBeenReady) this.#failedStarts++;
    if (this.#failedStarts === HOPELESS_STARTS) this.#options.onHopeless(cause.split('\n', 1)[0]);
    // Flushes that wait look up.
    if (this.isHopeless) Atomics.notify(this.#options.signals, SIGNAL_FLUSH_DONE);
    this.#restartTimer = startTimer(() => this.#start(), pause);
    // Until one has been ready there is somebody who may wait for it.
    if (hasBeenReady || this.isHopeless) this.#restartTimer.unref();
  }
}

function causeOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** It has this file's own extension: `.ts` from source, `.js` from the package. */
function workerFile(): URL {
  const { url } = import.meta;
  return new URL(`../worker/main${url.slice(url.lastIndexOf('.'))}`, url);
}
