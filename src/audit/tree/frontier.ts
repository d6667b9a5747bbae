/**
 * The right edge of a growing Merkle tree (RFC 6962): all that is needed to take the next leaf and to compute the root, 32 bytes for each bit of the size.
 *
 *   const frontier = new Frontier()
 *   frontier.append(leafHash(line))
 *   frontier.size, frontier.root()
 *   frontier.nodes()  → Frontier.of(size, nodes)         to go on after a restart
 */
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './hash.ts';

/** More leaves than a double counts exactly there cannot be. */
const MAX_LEVELS = 53;

/** Bytes that {@link Frontier.save} writes. */
export const FRONTIER_BYTES = MAX_LEVELS * HASH_BYTES;

export class Frontier {
  /** By level: the root of the last complete subtree of 2^level leaves, where the size has that bit. */
  readonly #levels = Buffer.alloc(MAX_LEVELS * HASH_BYTES);
  readonly #carry = Buffer.alloc(HASH_BYTES);
  #size = 0;

  /** A frontier as {@link nodes} gave it. Throws a RangeError when there are not as many nodes as the size has bits. */
  static of(size: number, nodes: readonly Uint8Array[]): Frontier {
    const frontier = new Frontier();
    const levels = levelsOf(size);
    if (levels.length !== nodes.length || nodes.some((node) => node.length !== HASH_BYTES))
      throw new RangeError(`A tree of ${size} leaves has a frontier of ${levels.length} nodes of ${HASH_BYTES} bytes.`);
    for (const [i, level] of levels.entries()) frontier.#levels.set(nodes[i], level * HASH_BYTES);
    frontier.#size = size;
    return frontier;
  }

  /** A frontier of `size` leaves as {@link save} wrote it. */
  static restore(size: number, saved: Uint8Array): Frontier {
    const frontier = new Frontier();
    frontier.#levels.set(saved);
    frontier.#size = size;
    return frontier;
  }

  /** Into {@link FRONTIER_BYTES} bytes; the size goes elsewhere. */
  save(area: Uint8Array): void {
    area.set(this.#levels);
  }

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes the hash of the next leaf; it may be written over afterwards. */
  append(leaf: Uint8Array): void {
    const carry = this.#carry;
    carry.set(leaf);
    let level = 0;
    for (let left = this.#size; left % 2 === 1; left = (left - 1) / 2) {
      nodeHash(this.#node(level), carry, carry);
      level++;
    }
    this.#levels.set(carry, level * HASH_BYTES);
    this.#size++;
  }

  root(): Buffer {
    if (this.#size === 0) return Buffer.from(EMPTY_ROOT);
    const [least, ...others] = levelsOf(this.#size).reverse();
    return others.reduce<Buffer>((right, level) => nodeHash(this.#node(level), right), Buffer.from(this.#node(least)));
  }

  /** Copies of its nodes, the largest subtree first. */
  nodes(): Buffer[] {
    return levelsOf(this.#size).map((level) => Buffer.from(this.#node(level)));
  }

  #node(level: number): Buffer {
    return this.#levels.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES);
  }
}

/** Levels of the complete subtrees that a tree of this size is made of, the largest first. */
export function levelsOf(size: number): number[] {
  const levels: number[] = [];
  for (let left = size, level = 0; left > 0; left = Math.floor(left / 2), level++) if (left % 2 === 1) levels.push(level);
  return levels.reverse();
}
