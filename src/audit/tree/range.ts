/**
 * The hashes of a range of leaves, as few as there can be: those of the largest complete subtrees that lie within it. With the frontier of the tree in front of the range, it
 * has every proof that the tree behind the range begins with that one, however many leaves came between: 32 bytes for each bit of their number, twice.
 *
 *   const range = new LeafRange(frontier.size)
 *   range.append(leafHash(line))
 *   proofFrom(frontierNodes, range)
 */
import { levelsOf } from './frontier.ts';
import { nodeHash } from './hash.ts';
import { consistencyProof } from './proof.ts';

interface Subtree {
  readonly from: number;
  /** Leaves: a power of two, of which `from` is a multiple. */
  readonly count: number;
  readonly hash: Buffer;
}

export class LeafRange {
  readonly from: number;
  readonly #subtrees: Subtree[] = [];
  #to: number;

  /** `from`: index of its first leaf. */
  constructor(from: number) {
    this.from = from;
    this.#to = from;
  }

  /** Index behind its last leaf. */
  get to(): number {
    return this.#to;
  }

  /** Takes the hash of the next leaf; it may be written over afterwards. */
  append(leaf: Uint8Array): void {
    this.#push(1, Buffer.from(leaf));
  }

  /** Takes the leaves of the range that follows. Throws a RangeError when it does not begin where this one ends. */
  join(next: LeafRange): void {
    if (next.from !== this.#to) throw new RangeError(`A range from ${next.from} on does not follow one up to ${this.#to}.`);
    for (const { count, hash } of next.#subtrees) this.#push(count, hash);
  }

  /** Root of its leaves `[from, to)`, where no subtree of it crosses these bounds. */
  rootOf(from: number, to: number): Buffer {
    const [last, ...others] = this.#subtrees.filter((each) => each.from >= from && each.from + each.count <= to).reverse();
    if (last === undefined) throw new RangeError(`The range has no subtree from ${from} to ${to}.`);
    return others.reduce((right, { hash }) => nodeHash(hash, right), last.hash);
  }

  #push(count: number, hash: Buffer): void {
    let subtree: Subtree = { from: this.#to, count, hash };
    this.#to += count;
    for (
      let left = this.#subtrees.at(-1);
      left?.count === subtree.count && left.from % (2 * left.count) === 0;
      left = this.#subtrees.at(-1)
    ) {
      this.#subtrees.pop();
      subtree = { from: left.from, count: 2 * left.count, hash: nodeHash(left.hash, subtree.hash) };
    }
    this.#subtrees.push(subtree);
  }
}

/** Proof that the tree that ends with the range begins with the one in front of it, whose frontier has these nodes. */
export function proofFrom(nodes: readonly Buffer[], range: LeafRange): Buffer[] {
  const before = new Map<number, Buffer>();
  let at = 0;
  for (const [i, level] of levelsOf(range.from).entries()) {
    before.set(at, nodes[i]!);
    at += 2 ** level;
  }
  return consistencyProof(range.from, range.to, (from, to) => (to <= range.from ? before.get(from)! : range.rootOf(from, to)));
}
