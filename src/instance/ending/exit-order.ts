/**
 * Handlers of `exit` run in the order in which they were added, and applications log in theirs (`process.on('exit', (code) => log.info('ended', { code }))`),
 * which they may add at any time. So one of ours stays the last. But a handler of theirs may also end the process at once, by `process.exit` or by
 * throwing, and then the last one never runs: so what was logged until the exit is delivered before theirs.
 */

/** Captured before a test runner can replace it. */
const afterThisCall = queueMicrotask;

/**
 * `drain` runs at an exit: with true behind all other handlers, and with false before those that were added after this call. It runs with false alone when a
 * handler was added and the process exits in one call: ours is not behind it then, and the caller of this function drains once more where `process.exit` ends.
 */
export function drainAroundHandlers(drain: (isLast: boolean) => void): void {
  let hasFollower = false;
  process.on('exit', () => {
    hasFollower = place.isMoving;
    // Without other handlers, the last one is enough.
    if (process.listeners('exit').at(-1) !== last || process.listenerCount('exit') > 2) drain(false);
  });
  const last = () => drain(!hasFollower);
  const place = runLastAtExit(last);
}

/** A handler that stays behind those that are added later. `isMoving`: one was added in this very call, and the handler is in front of it still. */
export function runLastAtExit(handler: () => void): { readonly isMoving: boolean } {
  const place = { isMoving: false };
  process.on('exit', handler);
  process.on('newListener', (event, listener) => {
    if (event !== 'exit' || listener === handler) return;
    place.isMoving = true;
    // This event comes before the handler is added. Until ours has moved behind it, ours stays in the list: the process may end in this very call.
    afterThisCall(() => {
      process.removeListener('exit', handler);
      process.on('exit', handler);
      place.isMoving = false;
    });
  });
  return place;
}
