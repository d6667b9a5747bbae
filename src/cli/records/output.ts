/**
 * Standard output of a command that prints as it goes: it waits for a slow reader, and when the reader has closed the pipe, the command ends without a message.
 * It ends as well when nothing more can be written (a full disk); ../standard-output.ts says so.
 */
import { EXIT_FAILED } from '../exit-codes.ts';
import { isReaderGone } from '../standard-output.ts';

/** Text is gathered up to this length. */
const WRITE_CHARACTERS = 65_536;

/** What shells give for a process that a signal ended: 128 and the signal's number. */
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export class Output implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  readonly #ended = new AbortController();
  readonly #onSignal = (signal: keyof typeof SIGNAL_CODES) => {
    // A second one ends the process at once: it may wait for the writer of a FIFO.
    this[Symbol.dispose]();
    this.#end(SIGNAL_CODES[signal]);
  };
  readonly #onError = (error: Error) => this.#end(isReaderGone(error) ? 0 : EXIT_FAILED);
  #waiting = '';
  #exitCode = 0;
  /** Releases a flush that waits. */
  #onEnd = () => {};

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
    // The listener for errors stays: text that is still in the stream's buffer fails after this object's end.
    stream.on('error', this.#onError);
    process.on('SIGINT', this.#onSignal).on('SIGTERM', this.#onSignal);
  }

  /** Aborted when the reader has closed the pipe, or at a signal. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** 130 after Ctrl-C, 143 after SIGTERM, 1 when something could not be written, otherwise 0. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** Waits while the reader has more than it takes. */
  async write(text: string): Promise<void> {
    this.#waiting += text;
    if (this.#waiting.length >= WRITE_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    if (text === '' || this.signal.aborted) return;
    // Until it is written, not only until more is taken: an error comes behind the write.
    await new Promise<void>((resolve) => {
      this.#onEnd = resolve;
      this.#stream.write(text, (error) => {
        if (error) this.#onError(error);
        resolve();
      });
    });
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
  }

  #end(exitCode: number): void {
    if (this.signal.aborted) return;
    this.#exitCode = exitCode;
    this.#ended.abort();
    this.#onEnd();
  }
}
