/**
 * The bytes of a file or a stream, unpacked if its first bytes are those of gzip or zstd.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';

const PACKINGS = [
  { magic: [0x1f, 0x8b], makeUnpacker: createGunzip },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], makeUnpacker: createZstdDecompress },
] as const;

/** Whether a file that begins with these bytes is compressed. */
export function isPacked(start: Uint8Array): boolean {
  return packingOf(start) !== undefined;
}

/** Bytes of an unpacked chunk: lines are searched for in it, and each chunk costs a turn of the event loop. */
const CHUNK_BYTES = 1_048_576;

/**
 * `onRead` gets the number of bytes of each chunk of `source`, as they stand there. Each chunk of `source` is copied where it is compressed: its buffer may be used again when the next one is asked for.
 * Throws the error of the source, or zlib's for damaged data (Z_DATA_ERROR) and data that ends too early (Z_BUF_ERROR).
 */
export async function* unpacked(
  source: AsyncIterable<Buffer>,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  const packing = packingOf(first.value);
  const chunks = (async function* () {
    try {
      for (let next: IteratorResult<Buffer> = first; next.done !== true; next = await iterator.next()) {
        onRead(next.value.length);
        yield packing === undefined ? next.value : Buffer.from(next.value);
      }
    } finally {
      await iterator.return?.();
    }
  })();
  if (packing === undefined) {
    yield* chunks;
    return;
  }
  const unpacker = packing.makeUnpacker({ chunkSize: CHUNK_BYTES });
  const feeding = pipeline(Readable.from(chunks), unpacker);
  feeding.catch(() => {}); // The reader below gets the same error.
  yield* unpacker as AsyncIterable<Buffer>;
}

function packingOf(start: Uint8Array) {
  return PACKINGS.find(({ magic }) => magic.every((byte, i) => start[i] === byte));
}
