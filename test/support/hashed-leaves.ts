/** Leaf hashes in memory, and from them the root of any subtree, as RFC 6962 (section 2.1) splits it. */
import { EMPTY_ROOT, nodeHash } from '../../src/audit/tree/hash.ts';
import type { SubtreeRoot } from '../../src/audit/tree/proof.ts';

export class HashedLeaves {
  readonly #leaves: readonly Uint8Array[];

  constructor(leaves: readonly Uint8Array[]) {
    this.#leaves = leaves;
  }

  rootOf: SubtreeRoot = (from, to) => {
    if (to === from) return EMPTY_ROOT;
    if (to - from === 1) return Buffer.from(this.#leaves[from]!);
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    return nodeHash(this.rootOf(from, from + half), this.rootOf(from + half, to));
  };
}
