/**
 * The ways a process ends, and what is done in each so that nothing accepted is lost:
 *
 * - normal end, `process.exit`, uncaught error, unhandled rejection: Node emits `exit`; instances drain in it, asleep on shared memory, before and after the
 *   application's handlers (exit-order.ts);
 * - SIGTERM, SIGINT, SIGHUP without a handler of the application's: instances drain, then the signal takes its default course;
 * - the same with a handler of the application's: that handler decides; when it exits, `exit` comes;
 * - SIGKILL, `process.abort`, a native crash: nothing runs. What is in a ring or an outbox then is lost; the README says so.
 *
 * One set of handlers serves all instances, and all copies of this module (a hot reload imports it again), so it hangs on the process.
 */
import { isatty } from 'node:tty';
import { drainAroundHandlers } from './exit-order.ts';

/** What ends with the process. */
export interface EndsWithProcess {
  /** Delivers what is delivered within the instance's deadline, without the event loop. After the last time nothing more is taken. Never throws. */
  drainSync(isLast: boolean): void;
  /** SIGHUP: files are opened anew. */
  reopen(): void;
}

interface Registry {
  readonly members: Set<EndsWithProcess>;
}

const KEY = Symbol.for('hft-otel.exits.1');

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
  drainAroundHandlers(drainAll);
  const drainAndGo = (signal: NodeJS.Signals, handler: () => void) => {
    drainAll(true);
    process.removeListener(signal, handler);
    process.kill(process.pid, signal);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const onSignal = () => {
      // An application that handles the signal says itself when it is over.
      if (process.listenerCount(signal) === 1) drainAndGo(signal, onSignal);
    };
    // In front of the application's: a handler added with `once` is off the list by the time it runs.
    process.prependListener(signal, onSignal);
  }
  // To a service it means "open your files again"; to a program at a terminal, that the terminal is gone.
  const atTerminal = isatty(0) || isatty(1) || isatty(2);
  const onHangup = () => {
    if (!atTerminal) for (const member of made.members) member.reopen();
    else if (process.listenerCount('SIGHUP') === 1) drainAndGo('SIGHUP', onHangup);
  };
  process.prependListener('SIGHUP', onHangup);
  return made;
}
