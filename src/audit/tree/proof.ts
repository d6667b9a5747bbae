/**
 * Proofs about a Merkle tree, as RFC 6962 (section 2.1) defines them: that a leaf is in it, and that a later tree has an earlier one as its beginning.
 *
 * A proof is made from a function that answers the hash of any complete or partial subtree of leaves `[from, to)`. Checking a proof needs only the hashes in it.
 * Checking follows RFC 9162, section 2.1.3.2 and 2.1.4.2, which walk from the leaf to the root and use every hash: a proof with a forged hash in its middle does
 * not pass.
 */
import { EMPTY_ROOT, nodeHash } from './hash.ts';

/** Root of the leaves `[from, to)`, where `from` is a multiple of a power of two that is not less than `to - from`. */
export type SubtreeRoot = (from: number, to: number) => Buffer;

/** Hashes that lead from a leaf to the root, the nearest first. Throws a RangeError when there is no such leaf. */
export function inclusionProof(index: number, size: number, rootOf: SubtreeRoot): Buffer[] {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size))
    throw new RangeError(`A tree of ${size} leaves has no leaf ${index}.`);
  const path: Buffer[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      path.push(rootOf(middle, to));
      to = middle;
    } else {
      path.push(rootOf(from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/** Whether the proof leads from this leaf at this index to this root of a tree of this size. */
export function provesInclusion(
  proof: readonly Uint8Array[],
  {
    index,
    size,
    leaf,
    root,
  }: { readonly index: number; readonly size: number; readonly leaf: Uint8Array; readonly root: Uint8Array },
): boolean {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size)) return false;
  let node = index;
  let last = size - 1;
  let hash: Buffer = Buffer.from(leaf);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = nodeHash(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** Hashes that show the first `before` leaves of a tree of `size` to be the tree of that size. Throws a RangeError for sizes that are none. */
export function consistencyProof(before: number, size: number, rootOf: SubtreeRoot): Buffer[] {
  if (!(Number.isSafeInteger(before) && before >= 0 && before <= size))
    throw new RangeError(`A tree of ${size} leaves never had ${before}.`);
  if (before === 0 || before === size) return [];
  const path: Buffer[] = [];
  let from = 0;
  let to = size;
  let isWhole = true;
  while (before !== to) {
    const middle = from + splitOf(to - from);
    if (before <= middle) {
      path.push(rootOf(middle, to));
      to = middle;
    } else {
      path.push(rootOf(from, middle));
      from = middle;
      isWhole = false;
    }
  }
  if (!isWhole) path.push(rootOf(from, to));
  return path.reverse();
}

export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the proof shows that the later tree begins with the earlier one. */
export function provesConsistency(proof: readonly Uint8Array[], before: TreeHead, after: TreeHead): boolean {
  if (!Number.isSafeInteger(before.size) || !Number.isSafeInteger(after.size) || before.size < 0 || before.size > after.size)
    return false;
  if (before.size === after.size) return proof.length === 0 && Buffer.from(before.root).equals(after.root);
  if (before.size === 0) return proof.length === 0 && EMPTY_ROOT.equals(before.root);
  const path = isPowerOfTwo(before.size) ? [before.root, ...proof] : [...proof];
  if (path.length === 0) return false;
  let node = before.size - 1;
  let last = after.size - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let first: Buffer = Buffer.from(path[0]);
  let second: Buffer = Buffer.from(path[0]);
  for (const hash of path.slice(1)) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      first = nodeHash(hash, first);
      second = nodeHash(hash, second);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else second = nodeHash(second, hash);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && first.equals(before.root) && second.equals(after.root);
}

/** The largest power of two below `count`, which is at least 2. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

function isPowerOfTwo(count: number): boolean {
  while (count % 2 === 0) count /= 2;
  return count === 1;
}

function half(count: number): number {
  return Math.floor(count / 2);
}
