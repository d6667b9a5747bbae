/**
 * The two hashes of RFC 6962 (section 2.1): of a leaf, and of two nodes. The byte in front keeps a node from being passed off as a leaf.
 *
 * A hash is a Buffer of 32 bytes. `crypto.hash` gives a text faster than a buffer (0.4 against 1.4 µs for a line of 320 bytes, see `bench/`), so the result is taken as
 * Latin-1 text and written into memory that is there already.
 */
import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

/** SHA-256 of nothing: the root of an empty tree. Written out, so that a program without an audit trail does not load Node's cryptography for it. */
export const EMPTY_ROOT: Buffer = Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex');

const node = Buffer.alloc(1 + 2 * HASH_BYTES);
node[0] = NODE_PREFIX;

let leaf: Buffer = Buffer.alloc(4_096);
leaf[0] = LEAF_PREFIX;

/** Of the exact bytes of an entry. `into`: where the hash is put, 32 bytes from `at` on. */
export function leafHash(entry: Uint8Array, into: Buffer = Buffer.alloc(HASH_BYTES), at = 0): Buffer {
  const length = 1 + entry.length;
  if (leaf.length < length) {
    leaf = Buffer.alloc(2 * length);
    leaf[0] = LEAF_PREFIX;
  }
  leaf.set(entry, 1);
  into.write(hash('sha256', leaf.subarray(0, length), 'binary'), at, HASH_BYTES, 'latin1');
  return into;
}

/** Of two nodes, left and right. */
export function nodeHash(left: Uint8Array, right: Uint8Array, into: Buffer = Buffer.alloc(HASH_BYTES), at = 0): Buffer {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  into.write(hash('sha256', node, 'binary'), at, HASH_BYTES, 'latin1');
  return into;
}
