/**
 * The ways a process ends, and how each delivers everything that was accepted:
 *
 * - normal end, `process.exit`, uncaught error, unhandled rejection: Node emits `exit`; instances drain in it, asleep on shared memory, before and after the
 *   application's handlers (exit-order.ts);
 * - `process.exit` in a handler of `exit`, `process.reallyExit`, an error thrown by a handler of `exit` or of `uncaughtException`: Node emits nothing any more, and
 *   instances drain in the two functions of its own that it still calls;
 * - a signal that would end the process, without a handler of the application's: instances drain, then the signal takes its default course. One that the program
 *   sends to itself or to its group does so within the call of `process.kill`, as it does without us;
 * - the same with a handler of the application's: that handler decides; when it exits, `exit` comes;
 * - SIGKILL, `process.abort`, a native crash: no code runs. Records in a ring or an outbox are lost then, as the README states.
 *
 * A thread gets no signals; otherwise the same is true of its own end. A thread that is terminated runs no code.
 *
 * One set of handlers serves all instances, and all copies of this module (a hot reload imports it again), so it hangs on the process.
 */
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { isMainThread } from 'node:worker_threads';
import { drainAroundHandlers, drainLast } from './exit-order.ts';
import { KeptHandlers } from './kept-handlers.ts';

/** An instance, as it ends with the process. */
export interface EndsWithProcess {
  /** Delivers as much as it can within the instance's deadline, without the event loop. After the last call no more records are taken. Never throws. */
  drainSync(isLast: boolean): void;
  /** SIGHUP: files are opened anew. */
  reopen(): void;
}

interface Registry {
  readonly members: Set<EndsWithProcess>;
}

const KEY = Symbol.for('hft-otel.exits.2');

/**
 * Signals that end a process by default and come from outside: service managers, terminals, restarters, limits of processor time, alarms. Left out are those of
 * a fault of the program (SIGSEGV, SIGABRT), whose end must not be delayed, and Node's own (SIGUSR1, SIGPIPE, SIGPROF).
 */
const ENDING_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGXCPU', 'SIGALRM', 'SIGVTALRM', 'SIGPWR', 'SIGIO'] as const;

export function registerForExit(member: EndsWithProcess): void {
  registry().members.add(member);
}

export function unregisterForExit(member: EndsWithProcess): void {
  registry().members.delete(member);
}

function registry(): Registry {
  const holder = process as unknown as Record<symbol, Registry | undefined>;
  const existing = holder[KEY];
  if (existing !== undefined) return existing;
  const made: Registry = { members: new Set() };
  holder[KEY] = made;
  const drainAll = (isLast: boolean) => {
    for (const member of made.members) member.drainSync(isLast);
  };
  const reallyExit = new ReallyExit(() => drainLast(drainAll));
  drainAroundHandlers((isLast) => {
    reallyExit.wrap();
    drainAll(isLast);
  });
  reallyExit.wrap();
  drainAtFatalError(() => drainAll(true));
  if (isMainThread) drainAtSignals(made, () => drainAll(true));
  return made;
}

/** Two functions that Node looks up on `process` at the very end; other packages wrap them too. */
interface LastCalls {
  /** The end of `process.exit`, behind the handlers of `exit`. */
  reallyExit?(code?: number): void;
  /** Returns false when no handler has handled the error; throws a handler's own error. */
  _fatalException?(error: unknown, fromPromise?: boolean): boolean;
}

/**
 * Drains where `process.exit` ends. signal-exit puts back the function that it found when it was loaded, which may have been before us, as soon as nobody waits for
 * its clean-ups any more; so ours is put on top again when an exit begins.
 */
class ReallyExit {
  readonly #drain: () => void;
  #own: LastCalls['reallyExit'];

  constructor(drain: () => void) {
    this.#drain = drain;
  }

  wrap(): void {
    const calls = process as unknown as LastCalls;
    const { reallyExit } = calls;
    if (typeof reallyExit !== 'function' || reallyExit === this.#own) return;
    this.#own = (code) => {
      this.#drain();
      Reflect.apply(reallyExit, process, [code]);
    };
    calls.reallyExit = this.#own;
  }
}

function drainAtFatalError(drain: () => void): void {
  const calls = process as unknown as LastCalls;
  const { _fatalException: fatalException } = calls;
  if (typeof fatalException !== 'function') return;
  calls._fatalException = (error, fromPromise) => {
    let isHandled = false;
    try {
      isHandled = Reflect.apply(fatalException, process, [error, fromPromise]);
    } finally {
      if (!isHandled) drain();
    }
    return isHandled;
  };
}

function drainAtSignals({ members }: Registry, drain: () => void): void {
  const kept = new KeptHandlers();
  const endings = new Map<NodeJS.Signals, () => void>();
  const isHandled = (signal: NodeJS.Signals) => process.listeners(signal).some((each) => each !== endings.get(signal));
  const endAt = (signal: NodeJS.Signals) => {
    const onSignal = () => {
      // An application that handles the signal decides itself when to end.
      if (isHandled(signal)) standAside(kept, signal, onSignal);
      else {
        drain();
        // Not left to our `process.kill`, which another package may have replaced by the one that it found before us: this handler would run again and again.
        kept.remove(signal, onSignal);
        process.kill(process.pid, toSend(signal));
      }
    };
    endings.set(signal, onSignal);
    // In front of the application's: a handler added with `once` is off the list by the time it runs.
    kept.add(signal, onSignal, 'first');
  };
  const reopen = () => {
    for (const member of members) member.reopen();
    // Handlers that clean up, and send it again when they are gone from the list, mean the end.
    if (process.listenerCount('SIGHUP') > 1) endings.set('SIGHUP', reopen);
  };
  // The first process of a container is not ended by a signal that it does not handle: the kernel ignores it. It goes on, and logs.
  if (process.pid === 1) {
    kept.add('SIGHUP', reopen, 'first');
    return;
  }
  for (const signal of ENDING_SIGNALS) if (constants.signals[signal] !== undefined) endAt(signal); // some are not of this system
  // To a program at a terminal it means that the terminal was closed; to a service, "open your files again".
  if (isatty(0) || isatty(1) || isatty(2)) endAt('SIGHUP');
  else kept.add('SIGHUP', reopen, 'first');
  beforeKill((signal) => {
    // Windows does not send this one: the call throws, and the program goes on.
    if (toSend(signal) !== signal) return;
    const onSignal = endings.get(signal);
    // Another one ends the process there, whatever handles it.
    if (onSignal === undefined || (process.platform !== 'win32' && isHandled(signal))) return;
    drain();
    kept.remove(signal, onSignal);
  });
}

/** Windows tells a program by SIGHUP that its console is being closed, but sends none. */
function toSend(signal: NodeJS.Signals): NodeJS.Signals {
  return process.platform === 'win32' && signal === 'SIGHUP' ? 'SIGINT' : signal;
}

/**
 * Takes our handler off the list while the others run. Packages that clean up at an end (signal-exit, which many others use) end the process only if they find
 * themselves alone there: it would not end at all.
 */
function standAside(kept: KeptHandlers, signal: NodeJS.Signals, handler: () => void): void {
  // If all others were added with `once`, the list would be empty while they run, and the same signal a second time would end the process at once.
  const staysHandled = process.rawListeners(signal).some((each) => each !== handler && !('listener' in each));
  if (!staysHandled) return;
  kept.remove(signal, handler);
  process.nextTick(() => kept.add(signal, handler, 'first'));
}

/**
 * Calls `run` before the process sends a signal to itself. A signal that nothing handles ends it within that call. The event of a handler of ours would come with
 * the next turn of the event loop: the program would do more until then, and one with nothing else to do would end with code 0.
 */
function beforeKill(run: (signal: NodeJS.Signals) => void): void {
  const { kill } = process;
  const send = (pid: number, signal?: string | number): true => Reflect.apply(kill, process, [pid, signal]);
  process.kill = (pid, signal) => {
    // As Node takes them.
    const name = typeof signal === 'number' ? signalNamed(signal) : ((signal || 'SIGTERM') as NodeJS.Signals);
    if (name !== undefined && isThisProcess(Number(pid), send)) run(name);
    return send(pid, signal);
  };
}

/** `pid`: of a process, or of a group of them. */
function isThisProcess(pid: number, send: typeof process.kill): boolean {
  if (pid === process.pid || pid === 0) return true;
  if (pid !== -process.pid) return false;
  try {
    return send(pid, 0);
  } catch {
    // This process leads no group.
    return false;
  }
}

function signalNamed(number: number): NodeJS.Signals | undefined {
  const [name] = Object.entries(constants.signals).find(([, each]) => each === number) ?? [];
  return name as NodeJS.Signals | undefined;
}
