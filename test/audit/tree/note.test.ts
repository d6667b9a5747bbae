import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCheckpoint, parseCheckpoint } from '../../../src/audit/tree/checkpoint.ts';
import {
  checkNote,
  formatVerifierKey,
  parseNote,
  parseVerifierKey,
  readSigner,
  signNote,
  verifierOf,
} from '../../../src/audit/tree/note.ts';

function newSigner(name: string) {
  const { privateKey } = generateKeyPairSync('ed25519');
  return readSigner(name, privateKey.export({ format: 'pem', type: 'pkcs8' }));
}

const signer = newSigner('gateway/audit');
const other = newSigner('gateway/audit');
const text = 'gateway/i-1/run-1\n3\n3TfkGJdt2VdTwcc4YrmTj6Kiz5tP8P3+izDNlSCWFLc=\n';

describe('signed notes', () => {
  test('a note that was published with its key by the authors of the format is good, and keys read back as they were written', () => {
    const key = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    const note =
      'If you think cryptography is the answer to your problem,\nthen you don\u0027t know what your problem is.\n\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
    const verifier = parseVerifierKey(key);
    expect(checkNote(parseNote(note), verifier)).toBe('good');
    expect(checkNote(parseNote(note.replace('answer', 'Answer')), verifier)).toBe('bad');
    expect(formatVerifierKey(verifier)).toBe(key);
  });

  test('each signer is told apart by name and key; a changed text makes a signature bad', () => {
    const note = parseNote(signNote(text, [signer, other]));
    expect(note.text).toBe(text);
    expect([signer, other].map((each) => checkNote(note, verifierOf(each)))).toEqual(['good', 'good']);
    expect(checkNote(note, verifierOf(newSigner('gateway/audit')))).toBe('unknown');
    expect(checkNote({ ...note, text: text.replace('3\n', '4\n') }, verifierOf(signer))).toBe('bad');
    expect(parseNote(signNote(text, []))).toEqual({ text, signatures: [] });
  });

  test('a good signature beside a bad one of the same key is bad', () => {
    const { text: signed, signatures } = parseNote(signNote(text, [signer]));
    const [good] = signatures;
    const bad = { ...good!, bytes: Buffer.alloc(64) };
    for (const both of [
      [good!, bad],
      [bad, good!],
    ])
      expect(checkNote({ text: signed, signatures: both }, verifierOf(signer))).toBe('bad');
  });

  test('no single change of a character leaves a note good', () => {
    const note = signNote(text, [signer]);
    const verifier = verifierOf(signer);
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, letter) => {
        const changed = note.slice(0, at) + letter + note.slice(at + 1);
        let outcome: string;
        try {
          const parsed = parseNote(changed);
          outcome = parsed.text === text && checkNote(parsed, verifier) === 'good' ? 'good' : 'noticed';
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
          outcome = 'noticed';
        }
        expect(outcome === 'good').toBe(changed === note);
      }),
      { numRuns: 500 },
    );
  });

  test('whatever is read as a note, a key or a checkpoint is one, or a SyntaxError says why it is none', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('\n', '\n\n', '\u2014 ', 'a+b', '+00000000+', 'AA==', signNote(text, [signer])),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
        (input) => {
          for (const read of [parseNote, parseVerifierKey, parseCheckpoint]) {
            try {
              read(input);
            } catch (error) {
              expect(error).toBeInstanceOf(SyntaxError);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('keys that are none are refused, and so is a name that no key may have', () => {
    const good = formatVerifierKey(verifierOf(signer));
    expect(parseVerifierKey(`${good}\n`).id).toEqual(signer.id);
    for (const bad of ['', 'x', good.replace('gateway', 'Gateway'), good.slice(0, -4), good.replace('+A', '+B'), `a b${good}`])
      expect(() => parseVerifierKey(bad)).toThrow(SyntaxError);
    for (const name of ['', 'a b', 'a+b', 'a\nb']) expect(() => newSigner(name)).toThrow(SyntaxError);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(() => readSigner('a', privateKey.export({ format: 'pem', type: 'pkcs8' }))).toThrow(/rsa/);
    expect(() => readSigner('a', 'no key')).toThrow(SyntaxError);
  });
});

describe('checkpoints', () => {
  test('read back as they were written', () => {
    const line = fc.string({ minLength: 1 }).filter((each) => !each.includes('\n'));
    const any = fc.record({
      origin: line,
      size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
      extensions: fc.array(line, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(any, (checkpoint) => {
        expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
      }),
    );
  });

  test('a text that could be read in two ways is none', () => {
    const root = Buffer.alloc(32).toString('base64');
    for (const bad of [
      `o\n01\n${root}\n`,
      `o\n-1\n${root}\n`,
      `o\n1e3\n${root}\n`,
      `o\n9007199254740993\n${root}\n`,
      `o\n1\n${root.slice(0, -2)}B=\n`,
      `o\n1\n${root}\n\n`,
      `o\n1\n${root}`,
      `\n1\n${root}\n`,
      'o\n1\n',
    ])
      expect(() => parseCheckpoint(bad), bad).toThrow(SyntaxError);
  });
});
