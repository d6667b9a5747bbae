/**
 * Frames → an encoder → an outbox; a pump takes it from there.
 */
import { errorText } from '../common/error-text.ts';
import { getOrMake } from '../common/get-or-make.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { BackendCounters } from '../health/counters.ts';
import { callNanosOf, type LaneSource } from '../read/lane-source.ts';
import type { Destination } from './destination.ts';
import type { Outbox } from './outbox.ts';
import type { Pump } from './pump.ts';

/** In place of the index at which encoding stopped. */
const FAILED = -1;

export class ByteDestination implements Destination {
  readonly #outbox: Outbox;
  readonly #pump: Pump;
  readonly #counters: BackendCounters;
  readonly #makeEncoder: (source: LaneSource) => Encoder;
  readonly #encoders = new Map<LaneSource, Encoder>();
  readonly #holdsAuditBack: boolean;
  readonly inOrder: boolean;

  /** `holdsAuditBack`: audit records wait in their ring while this has no room. Only the audit file does that; what others get are copies. */
  constructor(
    outbox: Outbox,
    pump: Pump,
    counters: BackendCounters,
    makeEncoder: (source: LaneSource) => Encoder,
    { holdsAuditBack = false, inOrder = false } = {},
  ) {
    this.inOrder = inOrder;
    this.#outbox = outbox;
    this.#holdsAuditBack = holdsAuditBack;
    this.#pump = pump;
    this.#counters = counters;
    this.#makeEncoder = makeEncoder;
  }

  get room(): number {
    return this.#holdsAuditBack ? this.#outbox.bytesFree : Number.POSITIVE_INFINITY;
  }

  deliver(source: LaneSource, frames: Int32Array, count: number): void {
    const outbox = this.#outbox;
    this.#counters.add('taken', count);
    let from = 0;
    let to = count;
    while (from < count) {
      if (!outbox.claim()) {
        this.#counters.drop('queue_full', count - from);
        return;
      }
      const next = this.#encode(source, frames, from, to);
      if (next === FAILED && to - from > 1) {
        to = from + ((to - from) >> 1); // one of them is to blame: half as many, until it is alone
        continue;
      }
      if (next > from) outbox.commit(next - from, callNanosOf(source, frames[from]));
      else if (next === FAILED || outbox.openIsEmpty) {
        this.#counters.drop(next === FAILED ? 'failed' : 'too_large', 1);
        from++;
        to = count;
        continue;
      }
      if (next < to) {
        outbox.seal();
        this.#pump.kick();
      }
      from = next;
      to = count;
    }
  }

  /** An encoder that throws must not end the worker: its successor would meet the same frame again, and so on for ever. */
  #encode(source: LaneSource, frames: Int32Array, from: number, to: number): number {
    try {
      return this.#encoderFor(source).encode(frames, from, to, this.#outbox.output);
    } catch (error) {
      this.#encoders.delete(source); // it may be in the middle of something
      this.#counters.setState('degraded', `A record could not be encoded: ${errorText(error)}`);
      return FAILED;
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
    return getOrMake(this.#encoders, source, () => this.#makeEncoder(source));
  }
}
