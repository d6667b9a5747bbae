/**
 * Our notes, roots and proofs against implementations that are not ours: Go's `golang.org/x/mod/sumdb/note` and `tlog`, and `transparency-dev/merkle`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatCheckpoint, parseCheckpoint } from '../../src/audit/tree/checkpoint.ts';
import { Frontier } from '../../src/audit/tree/frontier.ts';
import { leafHash } from '../../src/audit/tree/hash.ts';
import {
  checkNote,
  formatVerifierKey,
  parseNote,
  parseVerifierKey,
  readSigner,
  signNote,
  verifierOf,
} from '../../src/audit/tree/note.ts';
import { consistencyProof, inclusionProof, provesConsistency, provesInclusion } from '../../src/audit/tree/proof.ts';
import { temporaryFolder } from '../support/child.ts';
import { HashedLeaves } from '../support/hashed-leaves.ts';

interface Answer {
  readonly ok: boolean;
  readonly error?: string;
  readonly note?: string;
  readonly vkey?: string;
  readonly root?: string;
  readonly proof?: readonly string[];
}

const TREES = 1_000;
const folder = temporaryFolder();
let oracle: ChildProcess;
let lines: Interface;

beforeAll(() => {
  const program = join(folder.path, 'oracle');
  execFileSync('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'tlog-oracle'), stdio: 'inherit' });
  oracle = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  lines = createInterface({ input: oracle.stdout! });
}, 300_000);

afterAll(() => {
  oracle?.kill();
  folder[Symbol.dispose]();
});

async function ask(request: object): Promise<Answer> {
  const answer = new Promise<string>((resolve) => lines.once('line', resolve));
  oracle.stdin!.write(`${JSON.stringify(request)}\n`);
  return JSON.parse(await answer) as Answer;
}

const hexes = (all: readonly Uint8Array[]) => all.map((each) => Buffer.from(each).toString('hex'));
const bytes = (all: readonly string[]) => all.map((each) => Buffer.from(each, 'hex'));
const tree = fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 100 });

describe('what others make of ours, and we of theirs', () => {
  test(`roots, signed checkpoints, inclusion and consistency proofs agree on ${TREES} random trees`, async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const signer = readSigner('gateway', privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const vkey = formatVerifierKey(verifierOf(signer));
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), fc.nat(), async (entries, pick, cut) => {
        const leaves = entries.map((entry) => leafHash(entry));
        const { rootOf } = new HashedLeaves(leaves);
        const size = entries.length;
        const [index, before] = [pick % size, 1 + (cut % size)];
        const frontier = new Frontier();
        for (const leaf of leaves) frontier.append(leaf);
        const root = frontier.root();
        const old = rootOf(0, before);
        const request = {
          leaves: hexes(entries),
          index,
          before,
          size,
          leaf: leaves[index]!.toString('hex'),
          root: root.toString('hex'),
          old: old.toString('hex'),
        };
        expect((await ask({ op: 'tree', ...request })).root).toBe(request.root);
        const text = formatCheckpoint({ origin: `gateway/i-1/${size}`, size, root, extensions: ['number 1'] });
        expect(await ask({ op: 'open', note: signNote(text, [signer]), vkey })).toEqual({ ok: true });
        const theirs = await ask({ op: 'sign', note: text });
        expect(checkNote(parseNote(theirs.note!), parseVerifierKey(theirs.vkey!))).toBe('good');
        expect(parseCheckpoint(parseNote(theirs.note!).text)).toMatchObject({ size, root });
        const inclusion = inclusionProof(index, size, rootOf);
        const consistency = consistencyProof(before, size, rootOf);
        expect(await ask({ op: 'check record', ...request, proof: hexes(inclusion) })).toEqual({ ok: true });
        expect(await ask({ op: 'check tree', ...request, proof: hexes(consistency) })).toEqual({ ok: true });
        const theirInclusion = bytes((await ask({ op: 'prove record', ...request })).proof ?? []);
        const theirConsistency = bytes((await ask({ op: 'prove tree', ...request })).proof ?? []);
        expect(provesInclusion(theirInclusion, { index, size, leaf: leaves[index]!, root })).toBe(true);
        expect(provesConsistency(theirConsistency, { size: before, root: old }, { size, root })).toBe(true);
        if (inclusion.length > 0) {
          const forged = inclusion.with(pick % inclusion.length, leafHash(Buffer.from('forged')));
          expect((await ask({ op: 'check record', ...request, proof: hexes(forged) })).ok).toBe(false);
        }
      }),
      { numRuns: TREES },
    );
  });

  test('our signed checkpoints open there, their notes are good here, and neither once changed', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const signer = readSigner('gateway/audit', privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const text = formatCheckpoint({
      origin: 'gateway/i-1/run-1',
      size: 7,
      root: leafHash(Buffer.of(7)),
      extensions: ['further'],
    });
    const note = signNote(text, [signer]);
    const vkey = formatVerifierKey(verifierOf(signer));
    expect(await ask({ op: 'open', note, vkey })).toEqual({ ok: true });
    expect((await ask({ op: 'open', note: note.replace('\n7\n', '\n8\n'), vkey })).ok).toBe(false);
    const theirs = await ask({ op: 'sign', note: text });
    const verifier = parseVerifierKey(theirs.vkey!);
    expect(checkNote(parseNote(theirs.note!), verifier)).toBe('good');
    expect(checkNote(parseNote(theirs.note!.replace('\n7\n', '\n8\n')), verifier)).toBe('bad');
  });
});
