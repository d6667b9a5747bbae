/**
 * Frames → an encoder → an outbox; a pump takes it from there.
 */
import { errorText } from '../backends/error-text.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { BackendCounters } from '../health/counters.ts';
import type { Destination } from './destination.ts';
import type { LaneSource } from './lane-source.ts';
import type { Outbox } from './outbox.ts';
import type { Pump } from './pump.ts';

export class ByteDestination implements Destination {
  readonly #outbox: Outbox;
  readonly #pump: Pump;
  readonly #counters: BackendCounters;
  readonly #makeEncoder: (source: LaneSource) => Encoder;
  readonly #encoders = new Map<LaneSource, Encoder>();

  constructor(outbox: Outbox, pump: Pump, counters: BackendCounters, makeEncoder: (source: LaneSource) => Encoder) {
    this.#outbox = outbox;
    this.#pump = pump;
    this.#counters = counters;
    this.#makeEncoder = makeEncoder;
  }

  get room(): number {
    return this.#outbox.bytesFree;
  }

  deliver(source: LaneSource, frames: Int32Array, count: number): void {
    const outbox = this.#outbox;
    const encoder = this.#encoderFor(source);
    this.#counters.add('taken', count);
    let from = 0;
    while (from < count) {
      if (!outbox.claim()) {
        this.#counters.drop('queue_full', count - from);
        return;
      }
      let next: number;
      try {
        next = encoder.encode(frames, from, count, outbox.output);
      } catch (error) {
        // A frame that cannot be read: what the call had written is not committed, and the worker must not die of it again and again.
        this.#counters.drop('failed', count - from);
        this.#counters.setState('degraded', errorText(error));
        return;
      }
      if (next > from) outbox.commit(next - from);
      else if (outbox.openIsEmpty) {
        this.#counters.drop('too_large', 1);
        from++;
        continue;
      }
      if (next < count) {
        outbox.seal();
        this.#pump.kick();
      }
      from = next;
    }
  }

  kick(): void {
    this.#pump.kick();
  }

  flush(timeoutMillis: number): Promise<boolean> {
    return this.#pump.flush(timeoutMillis);
  }

  close(timeoutMillis: number): Promise<boolean> {
    return this.#pump.close(timeoutMillis);
  }

  reopen(): void {
    this.#pump.reopen();
  }

  forget(source: LaneSource): void {
    this.#encoders.delete(source);
  }

  #encoderFor(source: LaneSource): Encoder {
    const known = this.#encoders.get(source);
    if (known !== undefined) return known;
    const made = this.#makeEncoder(source);
    this.#encoders.set(source, made);
    return made;
  }
}
