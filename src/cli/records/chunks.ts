/**
 * The bytes of a log: of a file, a compressed file, or standard input.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { errorText } from '../../common/error-text.ts';
import { isPacked, unpacked } from '../../files/unpacked.ts';

/** Two of them are in memory: one is read by the thread pool while the other is searched. */
const CHUNK_BYTES = 4 * 1_048_576;

/** As `grep` does it: a file with a NUL byte in its first bytes is no text. */
const LOOKED_AT_BYTES = 8_192;

/** A file that cannot be read as a log; the message is for the user. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Each chunk is valid until the next one is asked for. */
export type Chunks = AsyncIterable<Buffer>;

/** A plain file's bytes from `from` up to its end, or up to `to`. The handle stays open. */
export async function* fileChunks(file: FileHandle, from = 0, to = Number.POSITIVE_INFINITY): Chunks {
  const size = Math.min(CHUNK_BYTES, to - from);
  const buffers = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  const read = (index: number, position: number) =>
    file.read(buffers[index], 0, Math.max(0, Math.min(size, to - position)), position);
  let position = from;
  let turn = 0;
  let reading = read(turn, position);
  for (;;) {
    const { bytesRead } = await reading;
    if (bytesRead === 0) return;
    const chunk = buffers[turn].subarray(0, bytesRead);
    position += bytesRead;
    turn = 1 - turn;
    reading = read(turn, position);
    reading.catch(() => {}); // thrown where it is awaited
    yield chunk;
  }
}

export interface LogFile extends AsyncDisposable {
  readonly path: string;
  /** Bytes on disk. */
  readonly size: number;
  readonly isCompressed: boolean;
  readonly handle: FileHandle;
  chunks(): Chunks;
}

/** Throws {@link UnreadableError} for a file that is missing, forbidden, a folder, or not text. */
export async function openLog(path: string): Promise<LogFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new UnreadableError(`${path}: ${reasonOf(error)}`);
  }
  try {
    const facts = await handle.stat();
    if (facts.isDirectory()) throw new UnreadableError(`${path}: it is a folder. Name files in it.`);
    const head = Buffer.alloc(LOOKED_AT_BYTES);
    const { bytesRead } = facts.isFile() ? await handle.read(head, 0, head.length, 0) : { bytesRead: 0 };
    const start = head.subarray(0, bytesRead);
    const isCompressed = isPacked(start);
    if (!isCompressed && start.includes(0))
      throw new UnreadableError(`${path}: it is binary (a NUL byte in its first ${LOOKED_AT_BYTES} bytes), no log.`);
    return {
      path,
      size: facts.size,
      isCompressed,
      handle,
      chunks: () => {
        if (isCompressed) return unpacked(fileChunks(handle));
        return facts.isFile() ? fileChunks(handle) : (handle.createReadStream({ autoClose: false }) as Chunks);
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error instanceof UnreadableError ? error : new UnreadableError(`${path}: ${reasonOf(error)}`);
  }
}

/** Standard input, unpacked if its first bytes say that it is compressed. */
export function inputChunks(input: NodeJS.ReadableStream): Chunks {
  return unpacked(input as AsyncIterable<Buffer>);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file.',
  EACCES: 'you may not read it. Ask its owner, or become a member of its group.',
  EISDIR: 'it is a folder. Name files in it.',
  EMFILE: 'too many files are open (ulimit -n).',
  Z_BUF_ERROR: 'it is compressed and ends too early: what was readable is shown.',
  ERR_STREAM_PREMATURE_CLOSE: 'it is compressed and ends too early: what was readable is shown.',
  Z_DATA_ERROR: 'it is compressed and damaged: what was readable is shown.',
};

/** The reason why a file could not be read, for people. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
  return (code !== undefined && Object.hasOwn(REASONS, code) ? REASONS[code] : undefined) ?? errorText(error);
}
