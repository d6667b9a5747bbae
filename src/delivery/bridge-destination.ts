/**
 * In front of a bridge: leaves out records that the bridge's own target has logged through this package. Otherwise each would come back to the target, be
 * logged again, and so on without end.
 */
import { FROM_BRIDGE, TRACE_MASK } from '../codec/head-word.ts';
import { type LaneSource, MAX_FRAMES } from '../read/lane-source.ts';
import type { Lane } from '../record.ts';
import type { Destination } from './destination.ts';

export class BridgeDestination implements Destination {
  readonly inOrder = true;
  readonly room = Number.POSITIVE_INFINITY;
  readonly #inner: Destination;
  readonly #kept = new Int32Array(MAX_FRAMES);

  constructor(inner: Destination) {
    this.#inner = inner;
  }

  deliver(source: LaneSource, frames: Int32Array, count: number): void {
    const { words } = source;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if ((words[frames[i] * 2] & TRACE_MASK) !== FROM_BRIDGE) this.#kept[kept++] = frames[i];
    }
    if (kept > 0) this.#inner.deliver(source, this.#kept, kept);
  }

  takesAll(lane: Lane): boolean {
    return this.#inner.takesAll(lane);
  }

  kick(): void {
    this.#inner.kick();
  }

  flush(timeoutMillis: number): Promise<boolean> {
    return this.#inner.flush(timeoutMillis);
  }

  flushAtEnd(timeoutMillis: number): Promise<boolean> {
    return this.#inner.flushAtEnd(timeoutMillis);
  }

  close(timeoutMillis: number): Promise<boolean> {
    return this.#inner.close(timeoutMillis);
  }

  forget(source: LaneSource): void {
    this.#inner.forget(source);
  }
}
