/**
 * The common part of sinks that append lines to files: one action at a time.
 */
import { Serial } from '../common/serial.ts';
import type { Outcome } from '../contract/backend.ts';
import type { ByteBatch, Sink } from '../contract/sink.ts';
import { type LineTarget, LineWriter } from './line-writer.ts';
import { runAsync, type Steps } from './steps.ts';

export class LineSink implements Sink {
  readonly #target: LineTarget;
  readonly #serial = new Serial();
  readonly #writer: LineWriter;

  /** Starts creating directories and file at once; if that fails, the first write reports it. */
  constructor(target: LineTarget) {
    this.#target = target;
    this.#writer = new LineWriter(target);
    this.#startReady();
  }

  write(batch: ByteBatch): Promise<Outcome> {
    return this.#serial.run(() => runAsync(this.#writer.write(batch)));
  }

  flush(): Promise<void> {
    return this.#serial.run(() => runAsync(this.#target.flush()));
  }

  reopen(): void {
    void this.#serial.run(() => runAsync(this.#target.leave())).catch(() => {}); // The next write tries again, and reports.
    this.#startReady();
  }

  close(): Promise<void> {
    return this.#serial.run(() => runAsync(this.#target.leave()));
  }

  /** Runs steps of the target after everything that was asked for before. */
  protected inTurn(steps: Steps<void>): Promise<void> {
    return this.#serial.run(() => runAsync(steps));
  }

  #startReady(): void {
    void this.#serial.run(() => runAsync(this.#target.ready())).catch(() => {});
  }
}
