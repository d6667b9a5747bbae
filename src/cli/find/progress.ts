/**
 * The progress of a search: one line that is redrawn on a terminal, and nothing elsewhere.
 */
import type { WriteStream } from 'node:tty';
import { bytes, count, percent } from '../numbers.ts';

const DRAW_MILLIS = 200;
const ERASE_LINE = '\r\u001b[2K';

/** Where a terminal does not say how wide it is. */
const USUAL_COLUMNS = 80;

export class Progress implements Disposable {
  readonly #stream: WriteStream;
  readonly #totalBytes: number;
  readonly #startedMillis = performance.now();
  #drawnMillis = performance.now();
  #isDrawn = false;
  #doneBytes = 0;

  /** `totalBytes`: of all files, as they are on disk. */
  constructor(stream: WriteStream, totalBytes: number) {
    this.#stream = stream;
    this.#totalBytes = totalBytes;
  }

  /** `bytesRead`: since the last call, of the file on disk. */
  update(bytesRead: number, path: string, hits: number): void {
    this.#doneBytes += bytesRead;
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#drawnMillis < DRAW_MILLIS) return;
    this.#drawnMillis = now;
    this.#isDrawn = true;
    const share = this.#totalBytes === 0 ? 1 : Math.min(1, this.#doneBytes / this.#totalBytes);
    const rate = (this.#doneBytes / (now - this.#startedMillis)) * 1_000;
    const text = `${percent(share)} of ${bytes(this.#totalBytes)}, ${bytes(rate)}/s, ${count(hits)} found, ${path}`;
    this.#stream.write(ERASE_LINE + text.slice(0, (this.#stream.columns || USUAL_COLUMNS) - 1));
  }

  /** To be called before anything else is written to the terminal. */
  erase(): void {
    if (this.#isDrawn) this.#stream.write(ERASE_LINE);
    this.#isDrawn = false;
  }

  [Symbol.dispose](): void {
    this.erase();
  }
}
