/**
 * Proofs of one event that stand alone, as C2SP's `tlog-proof` has them: the event's line, its index, the hashes up to a root, and the signed checkpoint with that root.
 *
 * ```
 * c2sp.org/tlog-proof@v1
 * extra <the line, base64>
 * index 41
 * <hash, base64> …
 *
 * <checkpoint>
 * ```
 */
import { parseRunCheckpoint, type RunCheckpoint } from '../run-tree/run-checkpoint.ts';
import { Frontier } from '../tree/frontier.ts';
import { HASH_BYTES, leafHash } from '../tree/hash.ts';
import { type Note, parseNote } from '../tree/note.ts';
import { inclusionProof, provesInclusion } from '../tree/proof.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';

export interface LineProof {
  readonly line: Buffer;
  readonly index: number;
  readonly hashes: readonly Buffer[];
  readonly note: Note;
  readonly checkpoint: RunCheckpoint;
}

/** Takes the leaves of a run one by one, and has the hashes of a proof at the end: memory for some hashes, however many leaves there are. */
export class SubtreeCollector {
  readonly #ranges: { readonly from: number; readonly to: number; readonly frontier: Frontier }[] = [];

  /** `prove`: makes the proof with hashes that do not matter, and says of each which leaves it is over. */
  constructor(prove: (take: (from: number, to: number) => void) => unknown) {
    prove((from, to) => this.#ranges.push({ from, to, frontier: new Frontier() }));
  }

  add(index: number, hash: Buffer): void {
    for (const { from, to, frontier } of this.#ranges) if (index >= from && index < to) frontier.append(hash);
  }

  /** In the order of the proof: the nearest to the leaf first. */
  get hashes(): Buffer[] {
    return this.#ranges.map(({ frontier }) => frontier.root()).reverse();
  }
}

/** Collects the proof that a tree of `size` has its leaf `index`. Throws a RangeError when it has none. */
export function inclusionCollector(index: number, size: number): SubtreeCollector {
  return new SubtreeCollector((take) =>
    inclusionProof(index, size, (from, to) => {
      take(from, to);
      return Buffer.alloc(HASH_BYTES);
    }),
  );
}

export function formatProof({ line, index, hashes }: Pick<LineProof, 'line' | 'index' | 'hashes'>, note: string): string {
  const texts = hashes.map((hash) => hash.toString('base64'));
  return `${[HEADER, `extra ${line.toString('base64')}`, `index ${index}`, ...texts].join('\n')}\n\n${note}`;
}

/** Throws a SyntaxError for a text that is not a proof. It does not check the proof: {@link isProven} does. */
export function parseProof(text: string): LineProof {
  const at = text.indexOf('\n\n');
  const [header, extra = '', index = '', ...hashes] = text.slice(0, Math.max(0, at)).split('\n');
  if (header !== HEADER) throw new SyntaxError(`it does not begin with ${HEADER}`);
  const [, line] = /^extra (\S+)$/.exec(extra) ?? [];
  const [, leaf] = /^index (0|[1-9]\d{0,14})$/.exec(index) ?? [];
  if (line === undefined || leaf === undefined) throw new SyntaxError('it has no line "extra", or none "index"');
  const note = parseNote(text.slice(at + 2));
  return {
    line: bytesOf(line),
    index: Number(leaf),
    hashes: hashes.map((hash) => {
      const bytes = bytesOf(hash);
      if (bytes.length !== HASH_BYTES) throw new SyntaxError('one of its hashes is none');
      return bytes;
    }),
    note,
    checkpoint: parseRunCheckpoint(note.text),
  };
}

/** Whether the line is the leaf of its index in the tree of its checkpoint. The checkpoint's signature must be checked as well. */
export function isProven({ line, index, hashes, checkpoint }: LineProof): boolean {
  return provesInclusion(hashes, { index, size: checkpoint.size, leaf: leafHash(line), root: checkpoint.root });
}

function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new SyntaxError('it is not strict base64');
  return bytes;
}
