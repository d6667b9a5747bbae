import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Frontier, levelsOf } from '../../../src/audit/tree/frontier.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from '../../../src/audit/tree/hash.ts';
import { consistencyProof, inclusionProof, provesConsistency, provesInclusion } from '../../../src/audit/tree/proof.ts';
import { HashedLeaves } from '../../support/hashed-leaves.ts';

/** RFC 6962, section 2.1, word for word. */
function naiveRoot(entries: readonly Buffer[]): Buffer {
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return sha256(Buffer.of(0), entries[0]!);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return sha256(Buffer.of(1), naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)));
}

const entries = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 70 },
);
const hashesOf = (all: readonly Buffer[]) => all.map((entry) => leafHash(entry));

function frontierOf(all: readonly Buffer[]): Frontier {
  const frontier = new Frontier();
  for (const entry of all) frontier.append(leafHash(entry));
  return frontier;
}

/** Each single change of a proof: a bit of each hash, a hash left out, doubled, exchanged with its neighbour, one more at either end. */
function forgeries(proof: readonly Buffer[]): Buffer[][] {
  const flipped = proof.map((hash, i) => proof.with(i, Buffer.from(hash.map((byte, at) => (at === i % 32 ? byte ^ 1 : byte)))));
  const without = proof.map((_, i) => proof.toSpliced(i, 1));
  const doubled = proof.map((hash, i) => proof.toSpliced(i, 0, hash));
  const exchanged = proof.slice(1).map((hash, i) => proof.with(i, hash).with(i + 1, proof[i]!));
  return [
    ...flipped,
    ...without,
    ...doubled,
    ...exchanged.filter((each) => !each.every((hash, i) => hash.equals(proof[i]!))),
    [...proof, EMPTY_ROOT],
    [EMPTY_ROOT, ...proof],
  ];
}

describe('the Merkle tree', () => {
  test('has the roots that the reference implementation of RFC 6962 publishes', () => {
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const roots = [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    const frontier = new Frontier();
    expect(frontier.root().equals(EMPTY_ROOT)).toBe(true);
    const found = leaves.map((leaf) => {
      frontier.append(leafHash(Buffer.from(leaf, 'hex')));
      return frontier.root().toString('hex');
    });
    expect(found).toEqual(roots);
  });

  test('has the root of the naive definition at each size, also after a restart at any size', () => {
    fc.assert(
      fc.property(entries, fc.nat(70), (all, restart) => {
        let frontier = new Frontier();
        for (const [i, entry] of all.entries()) {
          if (i === restart) frontier = Frontier.of(frontier.size, frontier.nodes());
          frontier.append(leafHash(entry));
          expect(frontier.root()).toEqual(naiveRoot(all.slice(0, i + 1)));
        }
        expect(frontier.size).toBe(all.length);
        expect(new HashedLeaves(hashesOf(all)).rootOf(0, all.length)).toEqual(naiveRoot(all));
      }),
      { numRuns: 60 },
    );
  });

  test('a frontier that does not fit its size is refused', () => {
    const nodes = frontierOf([Buffer.of(1), Buffer.of(2), Buffer.of(3)]).nodes();
    expect(() => Frontier.of(4, nodes)).toThrow(RangeError);
    expect(() => Frontier.of(3, [nodes[0]!, nodes[1]!.subarray(1)])).toThrow(RangeError);
    expect(levelsOf(2 ** 40 + 5)).toEqual([40, 2, 0]);
  });

  test('a large leaf and a small one behind it are hashed whole', () => {
    for (const size of [0, 1, 4_095, 4_096, 100_000, 3])
      expect(leafHash(Buffer.alloc(size, 7))).toEqual(
        createHash('sha256')
          .update(Buffer.concat([Buffer.of(0), Buffer.alloc(size, 7)]))
          .digest(),
      );
  });
});

describe('proofs', () => {
  test('every leaf is proven to be where it is, and no forged proof, index, size, leaf or root passes', () => {
    fc.assert(
      fc.property(
        entries.filter((all) => all.length > 0),
        fc.nat(),
        (all, pick) => {
          const hashes = hashesOf(all);
          const { rootOf } = new HashedLeaves(hashes);
          const size = all.length;
          const index = pick % size;
          const root = naiveRoot(all);
          const claim = { index, size, leaf: hashes[index]!, root };
          const proof = inclusionProof(index, size, rootOf);
          expect(provesInclusion(proof, claim)).toBe(true);
          for (const forged of forgeries(proof)) expect(provesInclusion(forged, claim)).toBe(false);
          for (let other = 0; other < size; other++)
            if (other !== index && !hashes[other]!.equals(hashes[index]!))
              expect(provesInclusion(proof, { ...claim, leaf: hashes[other]! })).toBe(false);
          expect(provesInclusion(proof, { ...claim, root: EMPTY_ROOT })).toBe(false);
          for (const wrong of [-1, size, 0.5, Number.NaN, 2 ** 60])
            expect(provesInclusion(proof, { ...claim, index: wrong })).toBe(false);
          expect(() => inclusionProof(size, size, rootOf)).toThrow(RangeError);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('every earlier size is proven to be the beginning, and no forged proof or root passes', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (all, pick) => {
        const { rootOf } = new HashedLeaves(hashesOf(all));
        const size = all.length;
        const before = { size: pick % (size + 1), root: naiveRoot(all.slice(0, pick % (size + 1))) };
        const after = { size, root: naiveRoot(all) };
        const proof = consistencyProof(before.size, size, rootOf);
        expect(provesConsistency(proof, before, after)).toBe(true);
        for (const forged of forgeries(proof)) expect(provesConsistency(forged, before, after)).toBe(false);
        const other = leafHash(Buffer.from('another tree'));
        if (before.size > 0) expect(provesConsistency(proof, { ...before, root: other }, after)).toBe(false);
        if (before.size > 0) expect(provesConsistency(proof, before, { ...after, root: other })).toBe(false);
        expect(provesConsistency(proof, after, { ...before, size: before.size - 1 })).toBe(false);
        expect(() => consistencyProof(size + 1, size, rootOf)).toThrow(RangeError);
      }),
      { numRuns: 150 },
    );
  });

  test('a node is no leaf: the hash of an inner node cannot be passed off as an entry', () => {
    const [left, right] = hashesOf([Buffer.of(1), Buffer.of(2)]);
    expect(leafHash(Buffer.concat([left!, right!]))).not.toEqual(nodeHash(left!, right!));
  });
});
