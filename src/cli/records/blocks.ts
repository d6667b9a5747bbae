/**
 * Chunks of bytes → blocks of whole lines, in bounded memory: a line that is longer than any record is left out and reported.
 */
import type { Chunks } from './chunks.ts';

const NEWLINE = 0x0a;

/** A record has at most the bytes of its ring; a longer line is not a record. */
export const MAX_LINE_BYTES = 8 * 1_048_576;

/** Blocks of one or more whole lines. One splitter for each file: it holds the beginning of a line. */
export class LineSplitter {
  readonly #onLongLine: () => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isSkipping = false;

  /** `onLongLine` is called once for each line beyond {@link MAX_LINE_BYTES}, which is in no block. */
  constructor(onLongLine: () => void) {
    this.#onLongLine = onLongLine;
  }

  /** Blocks that this chunk completes, each ended by a newline. They may lie in the chunk's own memory. */
  push(chunk: Buffer): Buffer[] {
    const blocks: Buffer[] = [];
    let start = 0;
    if (this.#heldBytes > 0 || this.#isSkipping) {
      const newline = chunk.indexOf(NEWLINE);
      const piece = newline < 0 ? chunk : chunk.subarray(0, newline + 1);
      if (newline < 0) {
        this.#hold(piece);
        return blocks;
      }
      if (!this.#isSkipping) {
        if (this.#heldBytes + piece.length > MAX_LINE_BYTES) this.#onLongLine();
        else blocks.push(Buffer.concat([...this.#held, piece]));
      }
      this.reset();
      start = newline + 1;
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > start) blocks.push(chunk.subarray(start, end));
    this.#hold(chunk.subarray(Math.max(start, end)));
    return blocks;
  }

  /** The last line, when no newline ends it. */
  end(): Buffer | undefined {
    const rest = this.#heldBytes === 0 ? undefined : Buffer.concat(this.#held);
    this.reset();
    return rest;
  }

  /** Discards the beginning of a line. */
  reset(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#isSkipping = false;
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0 || this.#isSkipping) return;
    if (this.#heldBytes + piece.length > MAX_LINE_BYTES) {
      this.reset();
      this.#isSkipping = true;
      this.#onLongLine();
      return;
    }
    this.#held.push(Buffer.from(piece)); // the chunk's memory is used again
    this.#heldBytes += piece.length;
  }
}

/** A block is valid until the next one is asked for. The last one may lack its newline. */
export async function* wholeLines(chunks: Chunks, onLongLine: () => void): AsyncGenerator<Buffer, void, void> {
  const splitter = new LineSplitter(onLongLine);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  const last = splitter.end();
  if (last !== undefined) yield last;
}
