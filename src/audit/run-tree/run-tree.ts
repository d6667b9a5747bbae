/**
 * The Merkle tree over a run's lines in the audit files: it follows the files, in their order, with the lines of all writers. Each time the trail knows that a
 * file is safe up to some byte, the tree takes the lines between there and where it stood. A checkpoint says how large it is and what its root is.
 *
 * Where it stands is in the run's memory (state.ts). So a worker that replaces another goes on with the tree, and so does the thread that ends an instance.
 */
import { basename } from 'node:path';
import { errorText } from '../../common/error-text.ts';
import { closeQuietly, codeOf, openForRead, readRange, statOf, syncData } from '../../files/descriptor.ts';
import type { LineFile } from '../../files/line-file.ts';
import type { Steps } from '../../files/steps.ts';
import type { Block } from '../../memory/block.ts';
import type { TrailFile } from '../current-file.ts';
import type { AuditTarget } from '../format.ts';
import { Frontier } from '../tree/frontier.ts';
import { HASH_BYTES, leafHash } from '../tree/hash.ts';
import { signNote } from '../tree/note.ts';
import { appendNote, lastCheckpoint } from './checkpoint-file.ts';
import { auditNumberOf, isOfRun, NEWLINE, runMark } from './lines.ts';
import { type CheckpointReason, formatRunCheckpoint, originOf, type RunCheckpoint } from './run-checkpoint.ts';
import { SigningKey } from './signing-key.ts';
import { type Loaded, type TreeState, TreeStore } from './state.ts';

/** Read back at a time. */
const CHUNK_BYTES = 1_048_576;
/** A line that does not end within so many bytes is passed over: it belongs to no run (lines.ts). */
const MOST_UNFINISHED_BYTES = 16 * CHUNK_BYTES;

const HOUR_MILLIS = 3_600_000;
const SECOND_MILLIS = 1_000;

export interface RunTreeSettings {
  readonly service: string;
  readonly instance: string;
  /** Of the process; see `ResolvedConfig.start`. */
  readonly start: string;
  /** Member `run` of the run's lines. */
  readonly run: string;
  /** Path of the private key; undefined: checkpoints are unsigned. */
  readonly signingKey: string | undefined;
}

/** `tree`: as it was at that size. */
export type OnCheckpoint = (note: string, size: number, tree: Frontier) => void;

export interface RunTreeOptions {
  readonly target: AuditTarget;
  readonly waitsForDisk?: boolean | undefined;
  readonly memory: Block;
  readonly fileOf: (key: bigint) => TrailFile;
  /** Key of the first file that the run has gone over to behind the one and before the other; see `CurrentFile.firstBetween`. */
  readonly firstBetween: (left: bigint, right: bigint) => Steps<bigint | undefined>;
  readonly now: () => number;
  readonly onWarning: (message: string) => void;
  /** A checkpoint has been made, as a signed note. */
  readonly onCheckpoint?: OnCheckpoint | undefined;
  /** A line has become the last leaf of the tree, which has `size` now; both are valid until this returns. */
  readonly onLeaf?: ((line: Buffer, hash: Buffer, size: number) => void) | undefined;
}

export class RunTree {
  readonly #settings: RunTreeSettings;
  readonly #options: RunTreeOptions;
  readonly #origin: string;
  readonly #mark: Buffer;
  readonly #store: TreeStore;
  readonly #key: SigningKey | undefined;
  readonly #hash = Buffer.alloc(HASH_BYTES);
  #signedWith: string | undefined;
  #known: Loaded;

  constructor(settings: RunTreeSettings, options: RunTreeOptions) {
    const { service, instance, start, run, signingKey } = settings;
    this.#settings = settings;
    this.#options = options;
    this.#origin = originOf(service, instance, start);
    this.#mark = runMark(run);
    this.#store = new TreeStore(options.memory);
    this.#key = signingKey === undefined ? undefined : new SigningKey(signingKey, options.onWarning);
    this.#known = this.#store.load();
  }

  get state(): TreeState {
    return this.#load().state;
  }

  /**
   * Everything in `file` up to `safeTo` is on disk. `own`: the bytes that the caller knows to stand in front of that, without a gap. Never throws: lines that
   * cannot be read back now are read at the next call.
   */
  *advance(at: TrailFile, file: LineFile, safeTo: number, own: readonly Uint8Array[]): Steps<void> {
    if (!file.isRegular) return;
    try {
      yield* this.#goTo(at, file.ino);
      const { state } = this.#load();
      const isAtHand = own.length > 0 && own.every(endsWithLine) && state.position === safeTo - bytesOf(own);
      if (state.key === at.key && isAtHand && this.#absorb(own)) return;
      while (yield* this.#readOn((from, to) => file.read(from, to), safeTo, at.key));
    } catch (error) {
      this.#options.onWarning(
        `The tree over the audit trail could not take lines of ${at.path}: ${errorText(error)}. It takes them with the next ones.`,
      );
    }
  }

  /**
   * A sync of the file has failed: what stands in it from `safeTo` on may be lost, whatever a further sync says, and is written again into the next one. Nothing of it
   * becomes a leaf. Never throws.
   */
  *distrust(at: TrailFile, file: LineFile, safeTo: number): Steps<void> {
    try {
      yield* this.#goTo(at, file.ino);
      for (;;) {
        const loaded = this.#load();
        if (loaded.state.key !== at.key) return;
        if (this.#keep({ ...loaded, state: { ...loaded.state, distrustedFrom: safeTo + 1 } })) return;
      }
    } catch (error) {
      this.#options.onWarning(`The tree over the audit trail could not leave ${at.path}: ${errorText(error)}.`);
    }
  }

  /** Looks for events of the run near the end of the file that the tree stands in: `onLeaf` is called for each of these numbers that it finds there. */
  *find(numbers: ReadonlySet<number>): Steps<void> {
    const { state } = this.#load();
    let fd: number;
    try {
      fd = yield* openForRead(this.#options.fileOf(state.key).path);
    } catch {
      return; // It was moved away.
    }
    try {
      const from = Math.max(0, state.position - MOST_UNFINISHED_BYTES);
      const bytes = Buffer.from((yield* readRange(fd, from, state.position)) ?? []);
      for (let start = 0, end = bytes.indexOf(NEWLINE); end >= 0; start = end + 1, end = bytes.indexOf(NEWLINE, start)) {
        const line = bytes.subarray(start, end);
        const number = auditNumberOf(line);
        if (number === undefined || !numbers.has(number % 2 ** 32) || !isOfRun(line, this.#mark)) continue;
        this.#options.onLeaf?.(line, leafHash(line), state.size);
      }
    } finally {
      yield* closeQuietly(fd);
    }
  }

  /** A checkpoint, if one is due: a second after the last one where lines have come, an hour after it where none have. */
  *checkpointIfDue(): Steps<void> {
    const { size, checkpointed, atMillis, number } = this.state;
    const age = Math.abs(this.#options.now() - atMillis);
    if (size > checkpointed && age >= SECOND_MILLIS) yield* this.checkpoint('second');
    else if (number > 0 && age >= HOUR_MILLIS) yield* this.checkpoint('hour');
  }

  /** Does nothing without new lines, except for `end`. Never throws: it is tried again. */
  *checkpoint(why: CheckpointReason, evenIfNothingNew = why === 'hour'): Steps<void> {
    const { state } = this.#load();
    if (state.key === 0n || state.size === 0) return;
    if (state.size === state.checkpointed && !evenIfNothingNew && (why !== 'end' || state.ended === 1)) return;
    try {
      yield* this.#note(why, this.#options.fileOf(state.key).path);
    } catch (error) {
      this.#options.onWarning(
        `No checkpoint of the audit trail could be written beside ${this.#options.fileOf(state.key).path}: ${errorText(error)}. ` +
          'It is tried again; until then an auditor has no proof of the lines since the last one.',
      );
    }
  }

  /** The tree stands in this file when it ends, with everything of the files before in it. */
  *#goTo(at: TrailFile, ino: number): Steps<void> {
    for (;;) {
      const loaded = this.#load();
      const { state } = loaded;
      if (state.key === at.key) {
        if (state.ino === ino) return;
        // Unless it was not there yet, it was moved away or deleted: what comes now stands in another file, from its start on.
        const next = state.ino === 0 ? { ...state, ino } : { ...state, ino, position: 0, from: state.size, distrustedFrom: 0 };
        if (!this.#keep({ ...loaded, state: next })) continue;
        if (state.ino !== 0 && next.number > 0) yield* this.#open(at);
        return;
      }
      if (state.key !== 0n) yield* this.#finish(state);
      const left = this.#load();
      if (left.state.key !== state.key) continue;
      const between = yield* this.#options.firstBetween(state.key, at.key);
      const next = {
        ...left.state,
        key: between ?? at.key,
        ino: between === undefined ? ino : 0,
        position: 0,
        from: left.state.size,
        distrustedFrom: 0,
      };
      if (this.#keep({ ...left, state: next }) && next.number > 0) yield* this.#open(this.#options.fileOf(next.key));
    }
  }

  /** The first checkpoint in a further file: a verifier goes on from it without the files before. */
  *#open(at: TrailFile): Steps<void> {
    const { state, frontier } = this.#load();
    try {
      yield* this.#write('opening', at.path, state, frontier, { frontier });
    } catch (error) {
      this.#options.onWarning(`No checkpoint of the audit trail could be written beside ${at.path}: ${errorText(error)}.`);
    }
  }

  /** A file that the run has left: its last lines, and a checkpoint behind them. */
  *#finish({ key, ino, distrustedFrom }: TreeState): Steps<void> {
    const { path } = this.#options.fileOf(key);
    let fd: number;
    try {
      fd = yield* openForRead(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return;
    }
    try {
      const stats = yield* statOf(fd);
      if (ino === 0 || stats.ino === ino) {
        const isTrusted = distrustedFrom === 0;
        const end = isTrusted ? stats.size : Math.min(stats.size, distrustedFrom - 1);
        if (isTrusted && this.state.position < end) yield* syncData(fd, this.#options.waitsForDisk);
        while (yield* this.#readOn((from, to) => readRange(fd, from, to), end, key));
      }
    } finally {
      yield* closeQuietly(fd);
    }
    // A reader of this file alone learns that the run goes on elsewhere.
    yield* this.checkpoint('rotation', true);
  }

  /** Takes lines from the position on, as far as one read goes. False: there are no further whole lines before `to`. */
  *#readOn(read: Read, to: number, key: bigint): Steps<boolean> {
    const { state } = this.#load();
    const { position } = state;
    for (let length = CHUNK_BYTES; state.key === key && position < to; length *= 4) {
      const end = Math.min(to, position + length);
      const bytes = yield* read(position, end);
      if (bytes === undefined || bytes.length === 0) return false;
      const whole = bytes.lastIndexOf(NEWLINE) + 1;
      const isTooLong = whole === 0 && length >= MOST_UNFINISHED_BYTES;
      if (whole > 0 || isTooLong) {
        // Unless another thread was faster.
        if (this.#load().state.position === position) this.#absorb([isTooLong ? bytes : bytes.subarray(0, whole)]);
        return true;
      }
      if (end === to) return false;
    }
    return false;
  }

  /** Takes the bytes that stand at the position, whole lines. False: another thread has moved it meanwhile. */
  #absorb(parts: readonly Uint8Array[]): boolean {
    const { version, state, frontier } = this.#load();
    for (const part of parts) {
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.length);
      for (let start = 0, end = bytes.indexOf(NEWLINE); end >= 0; start = end + 1, end = bytes.indexOf(NEWLINE, start)) {
        const line = bytes.subarray(start, end);
        if (!isOfRun(line, this.#mark)) continue;
        leafHash(line, this.#hash);
        frontier.append(this.#hash);
        this.#options.onLeaf?.(line, this.#hash, frontier.size);
      }
    }
    return this.#keep({ version, state: { ...state, size: frontier.size, position: state.position + bytesOf(parts) }, frontier });
  }

  /** Stores the state that follows the loaded one. False: another thread has stored one. */
  #keep({ version, state, frontier }: Loaded): boolean {
    const isStored = this.#store.store(version, state, frontier);
    this.#known = isStored ? { version: (version + 1) | 0, state, frontier } : this.#store.load();
    return isStored;
  }

  #load(): Loaded {
    if (this.#store.version !== this.#known.version) this.#known = this.#store.load();
    return this.#known;
  }

  *#note(why: CheckpointReason, path: string): Steps<void> {
    if (this.#load().state.number === 0) {
      // The tree that a run begins with is empty. Which run was there before it is part of what is signed.
      const previous = yield* lastCheckpoint(this.#options.target.path, this.#origin);
      const frontier = new Frontier();
      yield* this.#write('opening', path, { ...this.#load().state, size: 0, from: 0 }, frontier, {
        frontier,
        ...(previous && { previous }),
      });
    }
    const { state, frontier } = this.#load();
    yield* this.#write(why, path, state, frontier);
  }

  *#write(
    why: CheckpointReason,
    path: string,
    { size, from, number }: TreeState,
    tree: Frontier,
    more: Pick<RunCheckpoint, 'frontier' | 'previous'> = {},
  ): Steps<void> {
    const { target, now, waitsForDisk = false, onCheckpoint } = this.#options;
    const { run } = this.#settings;
    const atMillis = now();
    const key = this.#key?.get();
    const text = formatRunCheckpoint({
      origin: this.#origin,
      size,
      root: tree.root(),
      run,
      number: number + 1,
      time: new Date(atMillis).toISOString(),
      file: basename(path),
      from,
      why,
      ...more,
    });
    const note = signNote(text, key === undefined ? [] : [key.signer]);
    const id = key?.signer.id.toString('hex');
    const rotation = why === 'opening' || id !== this.#signedWith ? key?.rotation : undefined;
    this.#signedWith = id;
    yield* appendNote(path, rotation === undefined ? [note] : [rotation, note], {
      ...(target.mode !== undefined && { mode: target.mode }),
      waitsForDisk,
    });
    for (;;) {
      const loaded = this.#load();
      const { state } = loaded;
      const next = {
        ...state,
        number: Math.max(state.number, number + 1),
        checkpointed: Math.max(state.checkpointed, size),
        atMillis,
        ended: why === 'end' ? 1 : 0,
      };
      if (this.#keep({ ...loaded, state: next })) break;
    }
    onCheckpoint?.(note, size, tree);
  }
}

type Read = (from: number, to: number) => Steps<Uint8Array | undefined>;

function endsWithLine(bytes: Uint8Array): boolean {
  return bytes.at(-1) === NEWLINE;
}

function bytesOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
