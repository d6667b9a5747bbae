/**
 * The common part of sinks that append lines to files: one action at a time, and a batch that is offered again goes on where it stopped.
 */
import { Serial } from '../common/serial.ts';
import type { Outcome } from '../contract/backend.ts';
import { SUCCESS } from '../contract/backend.ts';
import type { ByteBatch, Sink } from '../contract/sink.ts';
import { fileFailure } from './failure.ts';
import type { Progress } from './line-file.ts';
import { runAsync, type Steps } from './steps.ts';

/** Opens, appends to and closes a file of lines. */
export interface LineTarget {
  /** Of the file at hand. */
  readonly path: string;
  /** Opens the file, with the directories that are missing. */
  ready(): Steps<void>;
  /** Appends the rest of `progress`. Returns a warning for the operator, if there is one. */
  write(progress: Progress): Steps<string | undefined | void>;
  /** Makes appended bytes as safe as it can. */
  flush(): Steps<void>;
  /** Whole records among the bytes taken so far, where the lines allow to count them. */
  takenOf(progress: Progress): number | undefined;
  /** Closes the file. */
  leave(): Steps<void>;
}

export class LineSink implements Sink {
  readonly #target: LineTarget;
  readonly #serial = new Serial();
  #offered: ByteBatch | undefined;
  #progress: Progress = { bytes: new Uint8Array(0), offset: 0 };

  /** Starts creating directories and file at once; if that fails, the first write reports it. */
  constructor(target: LineTarget) {
    this.#target = target;
    this.#startReady();
  }

  write(batch: ByteBatch): Promise<Outcome> {
    return this.#serial.run(() => this.#write(batch));
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

  async #write(batch: ByteBatch): Promise<Outcome> {
    if (this.#offered !== batch) this.#progress = { bytes: batch.bytes, offset: 0 };
    this.#offered = batch;
    try {
      const warning = await runAsync(this.#target.write(this.#progress));
      this.#offered = undefined;
      return typeof warning === 'string' ? { status: 'partial', rejected: 0, message: warning } : SUCCESS;
    } catch (error) {
      const taken = this.#target.takenOf(this.#progress);
      return { ...fileFailure(this.#target.path, error), ...(taken !== undefined && { taken }) };
    }
  }
}
