import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPacked, unpacked } from '../../src/files/unpacked.ts';

const PACKINGS = {
  plain: (bytes: Uint8Array) => Buffer.from(bytes),
  gzip: (bytes: Uint8Array) => gzipSync(bytes),
  'gzip of two members': (bytes: Uint8Array) =>
    Buffer.concat([gzipSync(bytes.subarray(0, bytes.length >> 1)), gzipSync(bytes.subarray(bytes.length >> 1))]),
  zstd: (bytes: Uint8Array) => zstdCompressSync(bytes),
} as const;

/** Pieces of `bytes`, all in one buffer that is used again: a reader that keeps a piece sees the next one in its place. */
async function* inOneBuffer(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const length = bytes.copy(buffer, 0, at);
    yield buffer.subarray(0, length);
  }
}

async function readAll(source: AsyncIterable<Buffer>, onRead?: (bytes: number) => void): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of unpacked(source, onRead)) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

describe('a file is unpacked by what its first bytes are', () => {
  test.each(Object.entries(PACKINGS))('%s: every byte comes out, and every byte that was read is told', async (_, pack) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), fc.integer({ min: 4, max: 700 }), async (bytes, pieceBytes) => {
        // Bytes that only look packed are a broken file; what is tested here are whole ones.
        fc.pre(pack !== PACKINGS.plain || !isPacked(bytes));
        const packed = pack(bytes);
        let read = 0;
        const out = await readAll(inOneBuffer(packed, pieceBytes), (count) => (read += count));
        expect(out.equals(bytes)).toBe(true);
        expect(read).toBe(packed.length);
      }),
      { numRuns: 60 },
    );
  });

  test('compressed data that ends too early, or is damaged, is an error behind what was readable', async () => {
    const text = Buffer.from(Array.from({ length: 50_000 }, (_, i) => `line ${i * 7_919}\n`).join(''));
    const packed = gzipSync(text);
    const cut = readAll(Readable.from([packed.subarray(0, packed.length - 20)]));
    await expect(cut).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 2_000, 2_100);
    await expect(readAll(Readable.from([damaged]))).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
  });

  test('an error of the source is the reader’s error', async () => {
    const broken = async function* () {
      yield gzipSync('whole\n').subarray(0, 12);
      throw Object.assign(new Error('the disk is gone'), { code: 'EIO' });
    };
    await expect(readAll(broken())).rejects.toMatchObject({ code: 'EIO' });
  });

  test('a reader that stops early ends the source', async () => {
    let isClosed = false;
    const source = async function* () {
      try {
        for (;;) yield Buffer.from('plain line\n');
      } finally {
        isClosed = true;
      }
    };
    for await (const _ of unpacked(source())) break;
    expect(isClosed).toBe(true);
  });
});
