/**
 * Appends batches of lines to a target. A batch that is offered again goes on where it stopped.
 */
import type { Outcome } from '../contract/backend.ts';
import { SUCCESS } from '../contract/backend.ts';
import type { ByteBatch } from '../contract/sink.ts';
import { fileFailure } from './failure.ts';
import type { Progress } from './line-file.ts';
import type { Steps } from './steps.ts';

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

export class LineWriter {
  readonly #target: LineTarget;
  #offered: ByteBatch | undefined;
  #progress: Progress = { bytes: new Uint8Array(0), offset: 0 };

  constructor(target: LineTarget) {
    this.#target = target;
  }

  *write(batch: ByteBatch): Steps<Outcome> {
    if (this.#offered !== batch) this.#progress = { bytes: batch.bytes, offset: 0 };
    this.#offered = batch;
    try {
      const warning = yield* this.#target.write(this.#progress);
      this.#offered = undefined;
      return typeof warning === 'string' ? { status: 'partial', rejected: 0, message: warning } : SUCCESS;
    } catch (error) {
      const taken = this.#target.takenOf(this.#progress);
      return { ...fileFailure(this.#target.path, error), ...(taken !== undefined && { taken }) };
    }
  }
}
