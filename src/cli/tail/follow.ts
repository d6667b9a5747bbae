/**
 * Follows a file: yields the bytes that are appended from now on, also after the file was renamed and made anew, or truncated and written from its start.
 *
 * The file is polled: notifications of the kernel do not cover all file systems, and they do not say which bytes are new.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { LineSplitter } from '../records/blocks.ts';
import { fileChunks } from '../records/chunks.ts';

const LOOK_MILLIS = 100;

/** A writer may keep writing to the renamed file before it opens the new one. Our writer checks the name once a second. */
const OLD_FILE_MILLIS = 3_000;

interface Opened {
  readonly handle: FileHandle;
  readonly identity: string;
  readonly lines: LineSplitter;
  position: number;
}

export interface FollowEvents {
  /** Bytes that are read from here on are of another file, or of the same one from its start. */
  onRestart(reason: 'replaced' | 'truncated'): void;
  onLongLine(): void;
}

export class Follower implements AsyncDisposable {
  readonly #path: string;
  readonly #events: FollowEvents;
  #current: Opened | undefined;
  readonly #old: { readonly file: Opened; readonly untilMillis: number }[] = [];

  /** Takes the handle over; undefined: the file does not exist yet. */
  constructor(path: string, events: FollowEvents) {
    this.#path = path;
    this.#events = events;
  }

  /** Goes on behind byte `position` of an open file. */
  async startAt(handle: FileHandle, position: number): Promise<void> {
    this.#current = await this.#opened(handle, position);
  }

  /** Blocks of whole lines, each valid until the next is asked for. Never ends by itself. */
  async *blocks(signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    while (!signal.aborted) {
      for (const { file } of this.#old) yield* this.#news(file);
      if (this.#current !== undefined) yield* this.#news(this.#current);
      await this.#closeOld();
      if (await this.#look()) continue;
      await wait(LOOK_MILLIS, undefined, { signal }).catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { file } of this.#old) await file.handle.close();
    await this.#current?.handle.close();
  }

  async #opened(handle: FileHandle, position: number): Promise<Opened> {
    return { handle, identity: await identityOf(handle), lines: new LineSplitter(() => this.#events.onLongLine()), position };
  }

  async *#news(file: Opened): AsyncGenerator<Buffer, void, void> {
    const { size } = await file.handle.stat();
    if (size <= file.position) return;
    for await (const chunk of fileChunks(file.handle, file.position, size)) {
      file.position += chunk.length;
      yield* file.lines.push(chunk);
    }
  }

  /** True when there are new bytes to read at once. */
  async #look(): Promise<boolean> {
    const current = this.#current;
    if (current !== undefined) {
      const { size } = await current.handle.stat();
      if (size < current.position) {
        current.position = 0;
        current.lines.reset();
        this.#events.onRestart('truncated');
        return true;
      }
    }
    let handle: FileHandle;
    try {
      handle = await open(this.#path, 'r');
    } catch {
      return false; // renamed away, and not there again yet
    }
    const opened = await this.#opened(handle, 0);
    if (opened.identity === current?.identity) {
      await handle.close();
      return false;
    }
    if (current !== undefined) {
      this.#old.push({ file: current, untilMillis: performance.now() + OLD_FILE_MILLIS });
      this.#events.onRestart('replaced');
    }
    this.#current = opened;
    return true;
  }

  async #closeOld(): Promise<void> {
    while (this.#old.length > 0 && this.#old[0].untilMillis < performance.now()) await this.#old.shift()?.file.handle.close();
  }
}

async function identityOf(handle: FileHandle): Promise<string> {
  const { dev, ino } = await handle.stat();
  return `${dev}:${ino}`;
}
