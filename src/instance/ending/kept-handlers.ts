/**
 * Handlers of ours that the application takes off the list without knowing of them: `process.removeAllListeners('SIGTERM')` ends its own clean-up, and is not to
 * end our last drain.
 */

/** Captured before a test runner can replace it. */
const afterThisCall = queueMicrotask;

type Handler = () => void;

export class KeptHandlers {
  /** How each gets on the list. */
  readonly #additions = new Map<Handler, () => void>();

  constructor() {
    process.on('removeListener', (_event, listener) => {
      // The list is still being cleared.
      if (this.#additions.has(listener)) afterThisCall(() => this.#putBack(listener));
    });
  }

  /** `event`: one for each handler. */
  add(event: string, handler: Handler, place: 'first' | 'last'): void {
    const add = () => {
      if (process.listeners(event as 'exit').includes(handler)) return;
      if (place === 'first') process.prependListener(event as 'exit', handler);
      else process.on(event, handler);
    };
    this.#additions.set(handler, add);
    add();
  }

  /** It does not come back by itself. */
  remove(event: string, handler: Handler): void {
    this.#additions.delete(handler);
    process.removeListener(event, handler);
  }

  #putBack(handler: Handler): void {
    this.#additions.get(handler)?.();
  }
}
