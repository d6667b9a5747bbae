/**
 * Signed notes as C2SP's `signed-note` specification has them, which Go's `golang.org/x/mod/sumdb/note` reads and writes: a text, an empty line, and a line for each
 * signature, `— <key name> <base64 of key id and signature>`.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/**
 * What a key signs: `note`, the text as it is; `cosignature`, the text behind a line with the time, as witnesses do (C2SP's `tlog-cosignature`). The numbers are those of
 * the specifications.
 */
const ALGORITHMS = { note: 1, cosignature: 4 } as const;
export type KeyUse = keyof typeof ALGORITHMS;
const KEY_ID_BYTES = 4;
const ED25519_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** In front of a cosignature: when it was made, Unix seconds. */
const TIME_BYTES = 8;

/** A note is read by people and by small tools; Go's package takes no more either. */
const MAX_NOTE_BYTES = 1_000_000;
const MAX_SIGNATURES = 100;

/** The bytes in front of the 32 bytes of an Ed25519 key in the encodings of `node:crypto`. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export interface VerifierKey {
  readonly use: KeyUse;
  /** No spaces, no `+`. */
  readonly name: string;
  /** Four bytes. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** Its `key` is the private one. */
export type SignerKey = VerifierKey;

export interface Signature {
  readonly name: string;
  readonly id: Buffer;
  readonly bytes: Buffer;
}

export interface Note {
  /** With its last line feed. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

/** The verifier key of a name and a public key in C2SP's form: `<name>+<key id>+<base64>`. */
export function formatVerifierKey({ use, name, id, key }: VerifierKey): string {
  const bytes = Buffer.concat([Buffer.of(ALGORITHMS[use]), rawPublicKey(key)]);
  return `${name}+${id.toString('hex')}+${bytes.toString('base64')}`;
}

/** Throws a SyntaxError that says what is wrong with the text. */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name, id, data] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim()) ?? [];
  if (name === undefined || id === undefined || data === undefined || !isKeyName(name))
    throw new SyntaxError('a verifier key reads <name>+<eight hexadecimal digits>+<base64>');
  const bytes = strictBase64(data);
  const use = bytes?.[0] === ALGORITHMS.note ? 'note' : bytes?.[0] === ALGORITHMS.cosignature ? 'cosignature' : undefined;
  if (bytes === undefined || use === undefined || bytes.length !== 1 + ED25519_KEY_BYTES)
    throw new SyntaxError('its key is no Ed25519 key (algorithm 1, or 4 of a witness, and 32 bytes)');
  const key = publicKeyOf(bytes.subarray(1));
  const own = keyIdOf(use, name, bytes.subarray(1));
  if (own.toString('hex') !== id)
    throw new SyntaxError(`its key id is ${id}, and that of its name and key is ${own.toString('hex')}`);
  return { use, name, id: own, key };
}

/** The signer of a private key as PEM (PKCS #8). Throws a SyntaxError when it is none, or none of Ed25519. */
export function readSigner(name: string, pem: string | Buffer, use: KeyUse = 'note'): SignerKey {
  if (!isKeyName(name)) throw new SyntaxError(`"${name}" is no name of a key: it must not be empty, and have no spaces and no +`);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new SyntaxError('this is no private key in PEM form');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new SyntaxError(`this is a key of ${key.asymmetricKeyType}, not of Ed25519`);
  return { use, name, id: keyIdOf(use, name, rawPublicKey(createPublicKey(key))), key };
}

export function verifierOf({ key, ...named }: SignerKey): VerifierKey {
  return { ...named, key: createPublicKey(key) };
}

/** `text`: ends in a line feed and has no empty line at its end. */
export function signNote(text: string, signers: readonly SignerKey[]): string {
  const lines = signers.map(({ name, id, key }) => {
    const signature = sign(null, Buffer.from(text), key);
    return `\u2014 ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** The line by which a witness says that it has seen the text at that time. Throws a TypeError for a key that is none of a witness. */
export function cosignatureLine(text: string, { use, name, id, key }: SignerKey, unixSeconds: number): string {
  if (use !== 'cosignature') throw new TypeError(`${name} is no key of a witness.`);
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(unixSeconds));
  const signature = sign(null, cosigned(text, BigInt(unixSeconds)), key);
  return `\u2014 ${name} ${Buffer.concat([id, time, signature]).toString('base64')}\n`;
}

/** The text that `cosignatureLine` signs. */
function cosigned(text: string, unixSeconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${unixSeconds}\n${text}`);
}

/** The note's text as {@link parseNote} has read it. */
export function formatNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, id, bytes }) => `\u2014 ${name} ${Buffer.concat([id, bytes]).toString('base64')}\n`);
  return `${text}\n${lines.join('')}`;
}

/** Reads a note without asking whether its signatures are good. Throws a SyntaxError for a text that is not a note. */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE_BYTES) throw new SyntaxError('it is longer than a note may be');
  if (!note.isWellFormed() || /[\0-\x09\x0b-\x1f]/.test(note)) throw new SyntaxError('it has characters that no note has');
  const at = note.lastIndexOf('\n\n');
  if (at < 0 || !note.endsWith('\n'))
    throw new SyntaxError('it has no empty line in front of signatures, or does not end in a line feed');
  const lines = note.slice(at + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new SyntaxError('it has more signatures than a note may have');
  const isUnsigned = lines.length === 1 && lines[0] === '';
  return { text: note.slice(0, at + 1), signatures: isUnsigned ? [] : lines.map(parseSignature) };
}

/** Throws a SyntaxError for what is no line of a signature. */
export function parseSignature(line: string): Signature {
  const [, name, data] = /^\u2014 (\S+) (\S+)$/u.exec(line) ?? [];
  const bytes = data === undefined ? undefined : strictBase64(data);
  if (name === undefined || !isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES)
    throw new SyntaxError('a line behind its empty line is no signature');
  return { name, id: bytes.subarray(0, KEY_ID_BYTES), bytes: bytes.subarray(KEY_ID_BYTES) };
}

/**
 * `unknown`: no signature of this key. `bad`: one that is none of this text. A note with a bad signature of a known key must not be trusted, whatever its others
 * are.
 */
export function checkNote({ text, signatures }: Note, { use, name, id, key }: VerifierKey): 'good' | 'bad' | 'unknown' {
  const own = signatures.filter((each) => each.name === name && each.id.equals(id));
  if (own.length === 0) return 'unknown';
  const isGood = ({ bytes }: Signature) =>
    use === 'note'
      ? bytes.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, bytes)
      : bytes.length === TIME_BYTES + SIGNATURE_BYTES &&
        verify(null, cosigned(text, bytes.readBigUInt64BE()), key, bytes.subarray(TIME_BYTES));
  return own.every(isGood) ? 'good' : 'bad';
}

export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\s+]/u.test(name);
}

/** First bytes of SHA-256 of the name, a line feed, the algorithm and the key. */
function keyIdOf(use: KeyUse, name: string, publicKey: Uint8Array): Buffer {
  const hash = createHash('sha256').update(`${name}\n`).update(Buffer.of(ALGORITHMS[use])).update(publicKey);
  return hash.digest().subarray(0, KEY_ID_BYTES);
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: 'der', type: 'spki' });
}

/** Node reads whatever looks like base64; two texts that read alike would be two notes that are one. */
function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
