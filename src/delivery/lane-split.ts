/**
 * One backend with a queue and a sender for each lane. OTLP sends audit records apart: a collector can keep them apart, and a flood of logs does not delay them.
 */

import type { LaneSource } from '../read/lane-source.ts';
import type { Lane } from '../record.ts';
import type { Adoption, Destination } from './destination.ts';
import type { EncodedBatch } from './sender.ts';

export class LaneSplit implements Destination {
  readonly #lanes: Readonly<Record<Lane, Destination>>;

  constructor(lanes: Readonly<Record<Lane, Destination>>) {
    this.#lanes = lanes;
  }

  readonly inOrder = false;
  /** It sends copies: the audit file is the record, and no lane waits for this. */
  readonly room = Number.POSITIVE_INFINITY;

  deliver(source: LaneSource, frames: Int32Array, count: number): void {
    this.#lanes[source.lane].deliver(source, frames, count);
  }

  takesAll(lane: Lane): boolean {
    return this.#lanes[lane].takesAll(lane);
  }

  adopt(batch: EncodedBatch, lane: Lane | undefined): Adoption {
    return this.#lanes[lane ?? 'logs'].adopt?.(batch, lane) ?? 'never';
  }

  kick(): void {
    this.#lanes.logs.kick();
    this.#lanes.audit.kick();
  }

  flush(timeoutMillis: number): Promise<boolean> {
    return this.#both((lane) => lane.flush(timeoutMillis));
  }

  flushAtEnd(timeoutMillis: number): Promise<boolean> {
    return this.#both((lane) => lane.flushAtEnd(timeoutMillis));
  }

  async keep(timeoutMillis: number): Promise<void> {
    await Promise.all([this.#lanes.logs.keep?.(timeoutMillis), this.#lanes.audit.keep?.(timeoutMillis)]);
  }

  close(timeoutMillis: number): Promise<boolean> {
    return this.#both((lane) => lane.close(timeoutMillis));
  }

  reopen(): void {
    this.#lanes.logs.reopen?.();
    this.#lanes.audit.reopen?.();
  }

  forget(source: LaneSource): void {
    this.#lanes[source.lane].forget(source);
  }

  async #both(run: (lane: Destination) => Promise<boolean>): Promise<boolean> {
    const [logs, audit] = await Promise.all([run(this.#lanes.logs), run(this.#lanes.audit)]);
    return logs && audit;
  }
}
