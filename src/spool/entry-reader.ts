/** Reads the entries of segments, over damage: it goes on at the next whole one. */
import { codeOf } from '../files/descriptor.ts';
import { type Entry, entryAt, findEntry, type Stretch } from './entries.ts';
import { PlacedFile } from './file.ts';
import { ALIGNMENT, ENTRY_HEADER_BYTES } from './layout.ts';
import type { Segment } from './segments.ts';

/** Read at once, beside the entry that is wanted. */
const READ_BYTES = 1024 * 1024;

/** Errors that pass: the file may be read later. After any other one, what stands in it is lost. */
const PASSING_ERRORS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'EACCES', 'EPERM']);

export class EntryReader {
  #suspects: Segment[] = [];
  /** What was read last. */
  #stretch: { readonly segment: number; readonly stretch: Stretch } | undefined;

  /** Segments in which something could not be read; damaged if records turn out to be missing. A torn end after a kill is neither. Each is given once. */
  takeSuspects(): readonly Segment[] {
    const suspects = this.#suspects;
    this.#suspects = [];
    return suspects;
  }

  /** Frees what was read last. */
  forget(): void {
    this.#stretch = undefined;
  }

  /** The first whole entry at or behind `offset`; undefined when there is none in what is left of the segment. */
  async entryIn(segment: Segment, offset: number): Promise<Entry | undefined> {
    const { key } = segment.head;
    let stretch = this.#cached(segment, offset);
    let found = stretch === undefined ? offset + ENTRY_HEADER_BYTES : entryAt(stretch, key, offset);
    for (let look = 0; typeof found === 'number' && look < 2; look++) {
      const to = Math.min(segment.bytes, Math.max(found, offset + READ_BYTES));
      const bytes = await this.read(segment, offset, to);
      if (bytes === undefined) return undefined;
      stretch = { bytes, offset };
      this.#stretch = { segment: segment.head.segment, stretch };
      found = entryAt(stretch, key, offset);
    }
    if (typeof found === 'object') return found;
    this.#suspects.push(segment);
    const rest = await this.read(segment, offset, segment.bytes);
    if (rest === undefined) return undefined;
    stretch = { bytes: rest, offset };
    this.#stretch = { segment: segment.head.segment, stretch };
    return findEntry(stretch, key, offset + ALIGNMENT);
  }

  /** Undefined when the file is gone or cannot be read for good. */
  async read(segment: Segment, from: number, to: number): Promise<Uint8Array | undefined> {
    let file: PlacedFile | undefined = segment.file;
    try {
      file ??= await PlacedFile.open(segment.path, 'read');
      return await file.read(from, to);
    } catch (error) {
      if (PASSING_ERRORS.has(codeOf(error) ?? '')) throw error;
      this.#suspects.push(segment);
      return undefined;
    } finally {
      if (file !== segment.file) await file?.close();
    }
  }

  #cached({ head }: Segment, offset: number): Stretch | undefined {
    if (this.#stretch?.segment !== head.segment) return undefined;
    const { stretch } = this.#stretch;
    return offset >= stretch.offset && offset < stretch.offset + stretch.bytes.length ? stretch : undefined;
  }
}
