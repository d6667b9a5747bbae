/**
 * Keeps a worker running: starts it, learns when it dies or hangs, starts a successor on the same memory.
 */
import { url as inspectorUrl } from 'node:inspector';
import type { Worker } from 'node:worker_threads';
import { errorText } from '../common/error-text.ts';
import { maskSecrets } from '../common/mask-secrets.ts';
import { HftError } from '../errors.ts';
import { forgetForeignCode, suspectsIn } from '../memory/foreign-code.ts';
import {
  SIGNAL_FLUSH_DONE,
  SIGNAL_HEARTBEAT,
  SIGNAL_WORKER_STATE,
  WORKER_BOOTING,
  WORKER_FAILED,
  WORKER_RUNNING,
  WORKER_STOPPED,
  wake,
} from '../memory/signals.ts';
import { monotonicMillis } from '../time/clock.ts';
import { type Deadline, TIMED_OUT } from '../time/deadline.ts';
import { type RunningTimer, repeat, startTimer, stopTimer } from '../time/real-timers.ts';
import { sleepNow } from '../time/sleep.ts';
import type { FromWorker, ToWorker, WorkerStart } from './wire.ts';
import { type BegunThread, beginThread, giveStart, type NoThread } from './worker-thread.ts';

/** Pauses before the successors of workers that die one after the other. */
const RESTART_PAUSES_MILLIS = [0, 20, 50, 100, 250, 500, 1_000];

/** Failed starts in a row after which nothing waits for a worker any more: a file that is missing does not come back. */
const MOST_FAILED_STARTS = 4;

/** A worker that has run for so long after it was ready resets the count of deaths in a row: its start was not what killed it. */
const HEALTHY_MILLIS = 200;

/** Deaths after which a warning says that the worker dies again and again. */
const WARNED_DEATHS = 3;

/** Time between two looks at the heartbeat. */
const LOOK_MILLIS = 1_000;
/**
 * A running worker hangs when its heartbeat has not moved in so many looks. Looks are counted and not time, because a process that was stopped, or a main thread
 * that was blocked, makes none.
 */
const HUNG_LOOKS = 5;
/** The same for a worker that boots. That takes seconds on a busy machine, without a heartbeat. */
const HUNG_BOOT_LOOKS = 60;

/** Time for a terminated thread to stop: it does so at its next function call or turn of a loop. */
const END_MILLIS = 20;

export type WorkerState = 'booting' | 'running' | 'stopped' | 'failed';

const STATE_NAMES: Readonly<Record<number, WorkerState>> = {
  [WORKER_BOOTING]: 'booting',
  [WORKER_RUNNING]: 'running',
  [WORKER_STOPPED]: 'stopped',
  [WORKER_FAILED]: 'failed',
};

/** History of the workers before one. */
export interface WorkerHistory {
  readonly restarts: number;
  /** Backends whose modules a worker has hung in, with the reason: they are not called any more. */
  readonly setAside: Readonly<Record<string, string>>;
}

export interface WorkerHostOptions {
  readonly signals: Int32Array;
  /** Names of the log backends, in the order of their bits. */
  readonly backendNames: readonly string[];
  /** Whether the process may end before a worker is ready: then only {@link WorkerHost.holdProcess} keeps it alive. */
  readonly isDispensable: boolean;
  /** The first worker's thread; undefined: it is yet to begin. */
  readonly thread: BegunThread | NoThread | undefined;
  /** Data for a new worker. */
  readonly start: (history: WorkerHistory) => WorkerStart;
  readonly onMessage: (message: FromWorker) => void;
  /** Several starts in a row have failed. Further ones are tried. */
  readonly onNoStart: (error: HftError) => void;
  /** One more start has failed, and nothing waits for the next one: no worker uses the instance's memory now. */
  readonly onNoWorker: () => void;
  /** Called with a text for the user. */
  readonly onWarning: (message: string) => void;
}

export class WorkerHost {
  restarts = 0;
  /** Why the last worker died, with its code and remedy. */
  lastError: string | undefined;
  readonly #options: WorkerHostOptions;
  readonly #setAside: Record<string, string> = {};
  readonly #stopLooking: () => void;
  /** Until the first start. */
  #begun: BegunThread | NoThread | undefined;
  #worker: Worker | undefined;
  #stopping = false;
  #readyAt = Number.POSITIVE_INFINITY;
  #deaths = 0;
  /** In a row, without one that has been ready. */
  #failedStarts = 0;
  #cause: string | undefined;
  #isForbidden = false;
  /** The process stays alive until a worker is ready. */
  #holdsProcess: boolean;
  #isAwaited = false;
  /** The worker's file has not been found, and none has been ready. No start is tried any more, but for those that a flush or an exit asks for. */
  #isMissing = false;
  #restartTimer: RunningTimer | undefined;
  #exited: Promise<void> = Promise.resolve();
  #heartbeatSeen = 0;
  #silentLooks = 0;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#begun = options.thread;
    this.#holdsProcess = !options.isDispensable;
    this.#start();
    this.#stopLooking = repeat(() => this.#look(), LOOK_MILLIS);
  }

  get state(): WorkerState {
    return STATE_NAMES[Atomics.load(this.#options.signals, SIGNAL_WORKER_STATE)] ?? 'failed';
  }

  /** So many starts have failed in a row that nothing waits for the next one. Starts go on, at longer intervals, unless its file is missing. */
  get doesNotStart(): boolean {
    return this.#failedStarts >= MOST_FAILED_STARTS;
  }

  /** None starts, and none is being started: this thread alone uses the instance's memory. */
  get isAbsent(): boolean {
    return this.doesNotStart && this.state === 'failed';
  }

  /**
   * For a caller that begins to wait for a worker: returns a function that tells whether to give up. After failed starts one more is made at once, because
   * their cause may be over; the caller gives up when that one fails too.
   */
  tryOnce(): () => boolean {
    if (!this.doesNotStart) return () => this.doesNotStart;
    const failedStarts = this.#failedStarts;
    if (this.state === 'failed') this.startNow();
    return () => this.#failedStarts > failedStarts;
  }

  /** A number that the worker raises in each turn of its loop. */
  get heartbeat(): number {
    return Atomics.load(this.#options.signals, SIGNAL_HEARTBEAT);
  }

  /** Somebody has asked for a worker to be ready. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Somebody waits for a worker to be ready: the process stays alive until then. */
  holdProcess(): void {
    this.#isAwaited = true;
    this.#holdsProcess = true;
    if (this.#readyAt === Number.POSITIVE_INFINITY) this.#worker?.ref();
  }

  post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  /** Settles when the worker is gone; at the deadline, or once `isDone` settles, it is terminated. */
  async stopped(deadline: Deadline, isDone: Promise<void>): Promise<void> {
    const worker = this.#stop();
    worker?.ref();
    const ended = Promise.race([this.#exited, isDone.then(() => TIMED_OUT)]);
    if (worker !== undefined && (await deadline.race(ended)) === TIMED_OUT) await worker.terminate();
  }

  /** Ends a worker that has not begun. Settles when it is gone. */
  async terminated(): Promise<void> {
    await this.#stop()?.terminate();
  }

  /** No further worker is started. */
  #stop(): Worker | undefined {
    this.#stopping = true;
    this.#stopLooking();
    stopTimer(this.#restartTimer);
    return this.#worker;
  }

  /** Starts a successor of a dead worker without waiting for an event: for exit handlers. */
  startNow(): void {
    stopTimer(this.#restartTimer);
    this.#start();
  }

  /** For exit handlers: ends a worker that hangs, and starts a successor. False: a worker has hung before, and no further one is started. */
  replaceHungNow(silentMillis: number): boolean {
    const isFirst = Object.keys(this.#setAside).length === 0;
    this.#noteHung(silentMillis);
    this.endNow();
    this.#stopping = false;
    this.restarts++;
    if (isFirst) this.startNow();
    return isFirst;
  }

  /** For exit handlers: terminates the worker. When this returns the worker has stopped writing. */
  endNow(): void {
    this.#stopping = true;
    stopTimer(this.#restartTimer);
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    void worker.terminate();
    sleepNow(END_MILLIS);
    Atomics.store(this.#options.signals, SIGNAL_WORKER_STATE, WORKER_FAILED);
  }

  #start(): void {
    const { signals, start, onMessage } = this.#options;
    Atomics.store(signals, SIGNAL_WORKER_STATE, WORKER_BOOTING);
    forgetForeignCode(signals);
    const data = start({ restarts: this.restarts, setAside: this.#setAside });
    this.#readyAt = Number.POSITIVE_INFINITY;
    this.#silentLooks = 0;
    const thread = this.#begun ?? beginThread();
    this.#begun = undefined;
    if (thread.worker === undefined) {
      // Treated as a worker that died at once.
      const { code } = thread.error as Partial<NodeJS.ErrnoException>;
      this.#isForbidden = code === 'ERR_ACCESS_DENIED';
      // A bundle in CommonJS may have no `import.meta.url`, and then there is no URL.
      this.#isMissing = code === 'ERR_INVALID_URL';
      this.#cause = causeOf(thread.error);
      this.#onExit(1);
      return;
    }
    const { worker } = thread;
    this.#isMissing = !thread.isFound;
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') {
        this.#readyAt = monotonicMillis();
        this.#failedStarts = 0;
        this.#isMissing = false;
        worker.unref();
      }
      onMessage(message);
    });
    // Behind the listener, which makes the worker hold the process.
    if (!this.#holdsProcess) worker.unref();
    worker.on('error', (error) => {
      this.#cause = causeOf(error);
    });
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        if (this.#worker === worker) this.#onExit(code);
        resolve();
      });
    });
    try {
      giveStart(thread, data);
    } catch (error) {
      // Without its start the thread would wait for ever.
      this.#cause = causeOf(error);
      void worker.terminate();
    }
  }

  #onExit(code: number): void {
    const { signals, onWarning, onNoStart, onNoWorker } = this.#options;
    this.#worker = undefined;
    if (this.#stopping) {
      Atomics.store(signals, SIGNAL_WORKER_STATE, WORKER_STOPPED);
      return;
    }
    Atomics.store(signals, SIGNAL_WORKER_STATE, WORKER_FAILED);
    const cause = this.#cause ?? `it ended with code ${code}`;
    this.#cause = undefined;
    const died = new HftError('HFT_WORKER_DIED', `The worker died: ${cause}.`);
    this.lastError = `${died.code}: ${died.message}`;
    const hasBeenReady = this.#readyAt !== Number.POSITIVE_INFINITY;
    this.#deaths = monotonicMillis() - this.#readyAt > HEALTHY_MILLIS ? 1 : this.#deaths + 1;
    this.restarts++;
    const firstLine = cause.split('\n', 1)[0];
    if (hasBeenReady && this.restarts === WARNED_DEATHS)
      onWarning(
        `${died.code}: The worker has died ${WARNED_DEATHS} times, the last time of this: ${firstLine}. health().worker counts later deaths.`,
      );
    const pause = RESTART_PAUSES_MILLIS[Math.min(this.#deaths, RESTART_PAUSES_MILLIS.length) - 1];
    const didNotStart = this.doesNotStart;
    if (!hasBeenReady) this.#failedStarts = this.#isMissing && !didNotStart ? MOST_FAILED_STARTS : this.#failedStarts + 1;
    if (this.doesNotStart && !didNotStart) onNoStart(this.#startError(firstLine));
    // Waiting flushes give up.
    if (this.doesNotStart) Atomics.notify(signals, SIGNAL_FLUSH_DONE);
    if (this.doesNotStart) onNoWorker();
    // A file that is missing does not come back by itself.
    if (this.#isMissing) return;
    this.#restartTimer = startTimer(() => this.#start(), pause);
    // The application may be awaiting `ready`.
    if (hasBeenReady || this.doesNotStart) this.#restartTimer.unref();
  }

  #startError(firstLine: string): HftError {
    const message = `The worker does not start: ${firstLine}.`;
    if (this.#isMissing) return new HftError('HFT_WORKER_FILE', `The file of the worker is not there: ${firstLine}.`);
    return this.#isForbidden ? new HftError('HFT_WORKER_FORBIDDEN', message) : new HftError('HFT_WORKER_START', message);
  }

  /** Looks at the heartbeat; a worker that hangs is ended. */
  #look(): void {
    const { state, heartbeat } = this;
    const isSilent =
      this.#worker !== undefined && (state === 'booting' || (state === 'running' && heartbeat === this.#heartbeatSeen));
    this.#heartbeatSeen = heartbeat;
    this.#silentLooks = isSilent ? this.#silentLooks + 1 : 0;
    if (!isSilent) return;
    // With a long `flushIntervalMillis` it may be asleep.
    wake(this.#options.signals);
    const hungLooks = state === 'booting' ? HUNG_BOOT_LOOKS : HUNG_LOOKS;
    // A debugger may hold the worker.
    if (this.#silentLooks < hungLooks || inspectorUrl() !== undefined) return;
    this.#noteHung(this.#silentLooks * LOOK_MILLIS);
    void this.#worker?.terminate();
  }

  /** Warns with the names of the modules that the worker may hang in, and sets them aside. */
  #noteHung(silentMillis: number): void {
    const { signals, backendNames, onWarning } = this.#options;
    const suspects = suspectsIn(signals).map((bit) => backendNames[bit]);
    const where =
      suspects.length === 0 ? 'No module of your own was running.' : `It was in the module of ${suspects.join(', or of ')}.`;
    const hung = new HftError('HFT_WORKER_HUNG', `The worker has shown no sign of life for ${silentMillis} ms. ${where}`);
    for (const name of suspects) this.#setAside[name] = `${hung.code}: ${hung.message}`;
    this.#cause = `it hung. ${where}`.replace(/\.$/, '');
    this.lastError = `${hung.code}: ${hung.message}`;
    onWarning(this.lastError);
  }
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.stack ? maskSecrets(error.stack) : errorText(error);
}
