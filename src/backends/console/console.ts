/**
 * The console backend's sink: bytes straight to descriptor 1 or 2. Not through `process.stdout`: in a worker that goes through the main thread,
 * and would stand still while the main thread is busy or waits for us.
 *
 * A reader that is slow (a pager, a paused terminal, a supervisor that does not read) delays nothing else: the descriptor does not block,
 * a write that finds no room is repeated after a few milliseconds, and a reader that takes nothing for a second makes the state `degraded` while
 * the outbox fills. When the reader has closed the pipe, the state is `failed`: further records are counted as rejected, and nothing else happens.
 *
 * On pipes and sockets, lines go in pieces of at most {@link PIECE_BYTES}, which a pipe takes whole or not at all, so that they do not mix with
 * what the process prints itself.
 */

import { Socket } from 'node:net';
import { errorText } from '../../common/error-text.ts';
import { Serial } from '../../common/serial.ts';
import type { Outcome } from '../../contract/backend.ts';
import { SUCCESS } from '../../contract/backend.ts';
import type { ByteBatch, Sink } from '../../contract/sink.ts';
import { closeQuietly, codeOf, openToWrite, statOf, writeStep } from '../../files/descriptor.ts';
import { lineEnd, lineStart, type Progress } from '../../files/line-file.ts';
import { perform, runAsync, type Steps } from '../../files/steps.ts';
import { sleepNow } from '../../time/sleep.ts';
import { pause, SYSTEM_TIMERS, type Timers } from '../../time/timers.ts';

/** PIPE_BUF: what a pipe takes in one piece. 4,096 on Linux; elsewhere the least that POSIX allows. */
export const PIECE_BYTES = process.platform === 'linux' ? 4_096 : 512;

/** First wait for room, doubled up to the longest: a reader that is merely scheduled out has made room within a millisecond. */
const FIRST_WAIT_MILLIS = 1;
const LONGEST_WAIT_MILLIS = 20;
/** Time without a byte taken after which the reader is reported as stalled. */
export const PATIENCE_MILLIS = 1_000;
/** Pause between attempts while a reader is stalled: short, because a person who resumes a terminal expects output at once. */
const STALLED_PAUSE_MILLIS = 100;

const GONE: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'EBADF', 'EIO', 'ENXIO']);

export interface ConsoleSinkOptions {
  readonly stream: 'stdout' | 'stderr';
  /** Descriptor to write to in place of 1 or 2. It stays open, as those do. */
  readonly fd?: number;
  /** Whether a reader that has no room is not waited for any more. Default: always false. */
  readonly isOver?: () => boolean;
  readonly timers?: Timers;
}

/** One action at a time. */
export class ConsoleSink implements Sink {
  readonly #serial = new Serial();
  readonly #writer: ConsoleWriter;

  constructor(options: ConsoleSinkOptions) {
    this.#writer = new ConsoleWriter(options);
  }

  write(batch: ByteBatch): Promise<Outcome> {
    return this.#serial.run(() => runAsync(this.#writer.write(batch)));
  }

  flush(): Promise<void> {
    return this.#serial.run(async () => {});
  }

  close(): Promise<void> {
    return this.#serial.run(() => runAsync(this.#writer.close()));
  }
}

/** The steps of it. */
export class ConsoleWriter {
  readonly #stream: 'stdout' | 'stderr';
  readonly #stdio: number;
  readonly #isOver: () => boolean;
  readonly #timers: Timers;
  #fd: number | undefined;
  #pieceBytes = PIECE_BYTES;
  #offered: ByteBatch | undefined;
  #progress: Progress = { bytes: new Uint8Array(0), offset: 0 };

  constructor(options: ConsoleSinkOptions) {
    this.#stream = options.stream;
    this.#stdio = options.fd ?? (options.stream === 'stdout' ? 1 : 2);
    this.#isOver = options.isOver ?? (() => false);
    this.#timers = options.timers ?? SYSTEM_TIMERS;
  }

  /** The descriptors 1 and 2 stay open: they belong to the process. */
  *close(): Steps<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined && fd !== this.#stdio) yield* closeQuietly(fd);
  }

  *write(batch: ByteBatch): Steps<Outcome> {
    if (this.#offered !== batch) this.#progress = { bytes: batch.bytes, offset: 0 };
    this.#offered = batch;
    try {
      this.#fd ??= yield* this.#open();
      if (!(yield* this.#append(this.#fd, this.#progress))) {
        return {
          status: 'retryable',
          afterMillis: STALLED_PAUSE_MILLIS,
          message: `The reader of ${this.#stream} takes nothing: resume or replace it.`,
        };
      }
      this.#offered = undefined;
      return SUCCESS;
    } catch (error) {
      const message = `${this.#stream}: ${errorText(error)}.`;
      if (!GONE.has(codeOf(error) ?? '')) return { status: 'retryable', message };
      return {
        status: 'failure',
        message: `${message} Its reader has gone: switch the console backend off, or keep a reader there.`,
      };
    }
  }

  /** False when the reader has taken nothing for {@link PATIENCE_MILLIS}, or has no room and the time is over. */
  *#append(fd: number, progress: Progress): Steps<boolean> {
    const { bytes } = progress;
    let waitMillis = FIRST_WAIT_MILLIS;
    let waitedMillis = 0;
    while (progress.offset < bytes.length) {
      try {
        progress.offset += yield* writeStep(fd, bytes, progress.offset, this.#pieceEnd(bytes, progress.offset));
        waitMillis = FIRST_WAIT_MILLIS;
        waitedMillis = 0;
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN') throw error;
        if (waitedMillis >= PATIENCE_MILLIS || this.#isOver()) return false;
        yield* this.#wait(waitMillis);
        waitedMillis += waitMillis;
        waitMillis = Math.min(waitMillis * 2, LONGEST_WAIT_MILLIS);
      }
    }
    return true;
  }

  #wait(millis: number): Steps<void> {
    return perform(
      () => sleepNow(millis),
      () => pause(this.#timers, millis),
    );
  }

  /** As many whole lines as make a piece; a part of a line when it alone is longer. */
  #pieceEnd(bytes: Uint8Array, offset: number): number {
    const limit = offset + this.#pieceBytes;
    if (limit >= bytes.length) return bytes.length;
    const end = lineStart(bytes, limit);
    return end > offset ? end : Math.min(limit, lineEnd(bytes, offset));
  }

  /**
   * A descriptor that does not block. Otherwise a reader that has stopped would hold one of Node's four threads for file work, and the end of the
   * process would wait for it. A file description of our own leaves the process's own as it is:
   *
   * - pipe, terminal: opened again by its /proc name.
   * - socket (a Node parent's `stdio: 'pipe'`), or a pipe that may not be opened again: attaching a Socket sets the flag, as touching
   *   `process.stdout` does. Neither closes descriptors 0–2, and Node restores their flags at its exit.
   * - regular file: never blocks; opening it again would give a write position of its own, and overwrite what the process prints.
   */
  *#open(): Steps<number> {
    const stats = yield* statOf(this.#stdio);
    this.#pieceBytes = stats.isFile() ? Number.MAX_SAFE_INTEGER : PIECE_BYTES;
    if (stats.isFIFO() || stats.isCharacterDevice()) {
      try {
        return yield* openToWrite(`/proc/self/fd/${this.#stdio}`);
      } catch {
        // Where there is no /proc, or the reader's user is another one.
      }
    }
    if (stats.isFIFO() || stats.isSocket()) setNonBlocking(this.#stdio);
    return this.#stdio;
  }
}

function setNonBlocking(fd: number): void {
  try {
    new Socket({ fd, readable: false, writable: true }).unref();
  } catch (error) {
    // This thread's own `process.stdout` is writing to it, so the flag is set already.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
