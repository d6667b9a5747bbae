/**
 * Reads and writes at places of a file, with promises. Functions are taken from Node at import, and descriptors are plain numbers, as in files/descriptor.ts.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';

const open = promisify(fs.open);
const closeDescriptor = promisify(fs.close);
const fstat = promisify(fs.fstat);
const fdatasync = promisify(fs.fdatasync);
const ftruncate = promisify(fs.ftruncate);
const { read, writev } = fs;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;

/** Owner reads and writes, group reads, as with log files. */
export const FILE_MODE = 0o640;

export type Access =
  /** It must not be there yet. */
  | 'create'
  /** Made where it is not there. */
  | 'write'
  | 'read';

const FLAGS: Readonly<Record<Access, number>> = {
  create: O_RDWR | O_CREAT | O_EXCL,
  write: O_RDWR | O_CREAT,
  read: O_RDONLY,
};

export class PlacedFile {
  readonly path: string;
  #fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** A symbolic link in place of the file is refused (ELOOP): only this package makes files here. */
  static async open(path: string, access: Access): Promise<PlacedFile> {
    return new PlacedFile(path, await open(path, FLAGS[access] | (O_NOFOLLOW ?? 0), FILE_MODE));
  }

  /** The bytes from `from` to `to`; fewer where the file ends before. */
  async read(from: number, to: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, to - from));
    let filled = 0;
    while (filled < bytes.length) {
      const count = await this.#readSome(bytes, filled, from + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  /** Writes all of it, one part behind the other. Rejects when the file took less: a part of an entry is of no use. Takes views over shared memory. */
  async write(parts: readonly Uint8Array[], at: number): Promise<void> {
    let left = parts.filter((part) => part.length > 0);
    let position = at;
    while (left.length > 0) {
      let written = await this.#writeSome(left, position);
      if (written === 0) throw Object.assign(new Error('no bytes were written'), { code: 'EIO' });
      position += written;
      left = left.flatMap((part) => {
        const taken = Math.min(written, part.length);
        written -= taken;
        return taken === part.length ? [] : [part.subarray(taken)];
      });
    }
  }

  async size(): Promise<number> {
    return (await fstat(this.#fd)).size;
  }

  /** No name leads to it any more: what is written to it would be gone with the process. */
  async isDeleted(): Promise<boolean> {
    return (await fstat(this.#fd)).nlink === 0;
  }

  /** Settles when all writes so far are on disk. */
  sync(): Promise<void> {
    return fdatasync(this.#fd);
  }

  truncate(bytes: number): Promise<void> {
    return ftruncate(this.#fd, bytes);
  }

  /** Errors are of no interest: the number is free all the same, and what was written is written. */
  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) await closeDescriptor(fd).catch(() => {});
  }

  #readSome(bytes: Uint8Array, at: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#fd, bytes, at, bytes.length - at, position, (error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  #writeSome(parts: readonly Uint8Array[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      writev(this.#fd, parts, position, (error, count) => (error ? reject(error) : resolve(count)));
    });
  }
}
