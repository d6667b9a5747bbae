/**
 * Standard output of a command that prints as it goes: it waits for a slow reader, and when the reader has closed the pipe, the command ends without a message.
 */
import { once } from 'node:events';

/** Text is gathered up to this length. */
const WRITE_CHARACTERS = 65_536;

/** What shells give for a process that a signal ended: 128 and the signal's number. */
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export class Output implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  readonly #ended = new AbortController();
  readonly #onSignal = (signal: keyof typeof SIGNAL_CODES) => this.#end(SIGNAL_CODES[signal]);
  readonly #onError = () => this.#end(0);
  #waiting = '';
  #exitCode = 0;

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

  /** 130 after Ctrl-C, 143 after SIGTERM, otherwise 0. */
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
    if (text === '' || this.signal.aborted || this.#stream.write(text)) return;
    await once(this.#stream, 'drain', { signal: this.signal }).catch(() => {});
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
  }

  #end(exitCode: number): void {
    if (this.signal.aborted) return;
    this.#exitCode = exitCode;
    this.#ended.abort();
  }
}
