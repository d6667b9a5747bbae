/**
 * Handlers of `exit` run in the order in which they were added, and applications log in theirs (`process.on('exit', (code) => log.info('ended', { code }))`),
 * which they may add at any time. So one of ours stays the last. But a handler of theirs may also end the process at once, by `process.exit` or by
 * throwing, and then the last one never runs: so what was logged until the exit is delivered before theirs.
 *
 * Behind all handlers of `exit` come those of signal-exit, through which many packages clean up: it replaces `process.emit`.
 */
import { EventEmitter } from 'node:events';
import { KeptHandlers } from './kept-handlers.ts';

/** Captured before a test runner can replace it. */
const afterThisCall = queueMicrotask;

/**
 * `drain` runs at an exit: with true behind all other handlers, and with false before those that were added after this call. It runs with false alone when a
 * handler was added and the process exits in one call: ours is not behind it then, and the caller of this function drains once more where `process.exit` ends.
 */
export function drainAroundHandlers(drain: (isLast: boolean) => void): void {
  let hasFollower = false;
  makeRoom();
  process.on('exit', () => {
    hasFollower = place.isMoving;
    // Without other handlers, the last one is enough.
    if (process.listeners('exit').at(-1) !== last || process.listenerCount('exit') > 2) drain(false);
  });
  const last = () => (hasFollower ? drain(false) : drainLast(drain));
  const place = runLastAtExit(last);
}

/** With true behind the clean-ups of signal-exit; where these are still to come, with false before them, too. */
export function drainLast(drain: (isLast: boolean) => void): void {
  if (cleanUpToCome() !== undefined) drain(false);
  runBehindCleanUps(() => drain(true));
}

/** Runs it now, or behind the clean-ups of signal-exit. */
function runBehindCleanUps(run: () => void): void {
  const cleanUp = cleanUpToCome();
  if (cleanUp === undefined) return run();
  const { emitter, end } = cleanUp;
  const { emit } = emitter;
  // Not a listener of that event: the fourth version passes over the one behind a clean-up that takes itself off the list, as `once` would.
  emitter.emit = (event, ...args) => {
    const isEndPrevented = Reflect.apply(emit, emitter, [event, ...args]);
    if (event === end) run();
    return isEndPrevented;
  };
}

/** A handler that stays behind those that are added later. `isMoving`: one was added in this very call, and the handler is in front of it still. */
function runLastAtExit(handler: () => void): { readonly isMoving: boolean } {
  const place = { isMoving: false };
  const kept = new KeptHandlers();
  makeRoom();
  kept.add('exit', handler, 'last');
  process.on('newListener', (event, listener) => {
    if (event !== 'exit' || listener === handler) return;
    place.isMoving = true;
    // This event comes before the handler is added. Until ours has moved behind it, ours stays in the list: the process may end in this very call.
    afterThisCall(() => {
      kept.remove('exit', handler);
      kept.add('exit', handler, 'last');
      place.isMoving = false;
    });
  });
  return place;
}

/** For one handler of ours on each event: Node takes more than ten for a leak, and its warning would blame the application. 0: no limit. */
function makeRoom(): void {
  const most = process.getMaxListeners();
  if (most > 0) process.setMaxListeners(most + 1);
}

/** What signal-exit keeps in the process, one for all copies of a major version. */
interface CleanUpEmitter {
  /** Copies that have replaced `process.emit`. */
  readonly count: number;
  readonly emitted?: Readonly<Record<string, boolean>>;
  /** The copies call it by this property, the fourth version also from within itself. */
  emit(event: string, ...args: readonly unknown[]): boolean;
}

interface CleanUp {
  readonly emitter: CleanUpEmitter;
  /** Its event behind all clean-ups. */
  readonly end: string;
}

/** The clean-ups that are still to come. */
function cleanUpToCome(): CleanUp | undefined {
  const { emit } = process;
  if (emit === EventEmitter.prototype.emit) return undefined;
  const third = active(process, '__signal_exit_emitter__', 'afterexit');
  const fourth = active(globalThis, Symbol.for('signal-exit emitter'), 'afterExit');
  // Of two versions, the one that has replaced `emit` last comes last. The other one comes before, or never, if it was put out of use. The third one's function
  // has this name, the fourth one's has none.
  return emit.name === 'processEmit' ? (third ?? fourth) : (fourth ?? third);
}

function active(holder: object, key: string | symbol, end: string): CleanUp | undefined {
  const emitter = (holder as Readonly<Record<string | symbol, CleanUpEmitter | undefined>>)[key];
  return emitter !== undefined && emitter.count > 0 && emitter.emitted?.exit !== true ? { emitter, end } : undefined;
}
