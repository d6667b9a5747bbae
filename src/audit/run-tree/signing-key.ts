/**
 * The private key that signs checkpoints: a file of `hft-otel audit keygen`, which only its owner may read. It is looked at again before each note, so a key that is
 * put in its place is used from the next one on.
 */
import { readFileSync, statSync } from 'node:fs';
import { errorText } from '../../common/error-text.ts';
import { type KeyUse, readSigner, type SignerKey } from '../tree/note.ts';

/** In front of the key, so that its name and the key cannot be parted. */
const NAME_LINES = { note: /^hft-otel audit key: (\S+)$/m, cosignature: /^hft-otel witness key: (\S+)$/m } as const;
const ROTATION_SUFFIX = '.rotation';

export function signingKeyText(name: string, pem: string, use: KeyUse = 'note'): string {
  return `hft-otel ${use === 'note' ? 'audit' : 'witness'} key: ${name}\n${pem}`;
}

/** Throws a SyntaxError for what is no such file, or one of a key for the other use. */
export function parseSigningKey(text: string, use: KeyUse = 'note'): SignerKey {
  const [, name] = NAME_LINES[use].exec(text) ?? [];
  if (name === undefined)
    throw new SyntaxError(
      use === 'note'
        ? 'it has no line "hft-otel audit key: <name>": make a key with `hft-otel audit keygen <file>`'
        : 'it has no line "hft-otel witness key: <name>": make a key with `hft-otel audit keygen --witness <file>`',
    );
  const at = text.indexOf('-----BEGIN');
  return readSigner(name, at < 0 ? text : text.slice(at), use);
}

export interface LoadedKey {
  readonly signer: SignerKey;
  /** The note by which this key replaces the one before; see `hft-otel audit keygen --rotate`. */
  readonly rotation: string | undefined;
}

export class SigningKey {
  readonly path: string;
  readonly #onWarning: (message: string) => void;
  #seen = '';
  #key: LoadedKey | undefined;

  constructor(path: string, onWarning: (message: string) => void) {
    this.path = path;
    this.#onWarning = onWarning;
  }

  /** Undefined where the file cannot be used: checkpoints stay unsigned, and a warning gives the reason. */
  get(): LoadedKey | undefined {
    try {
      const { mtimeMs, ino, size, mode, uid } = statSync(this.path);
      const seen = `${ino} ${mtimeMs} ${size} ${mode}`;
      if (seen === this.#seen) return this.#key;
      const signer = parseSigningKey(readFileSync(this.path, 'utf8'));
      this.#key = { signer, rotation: optionalText(this.path + ROTATION_SUFFIX) };
      this.#seen = seen;
      if (process.geteuid !== undefined && (mode & 0o077) !== 0)
        this.#onWarning(
          `The audit signing key ${this.path} has mode 0${(mode & 0o777).toString(8)}: any user who can read it can sign any checkpoint. ` +
            `chmod 600 ${this.path}, and rotate it (hft-otel audit keygen --rotate) if others may have read it (owner: user ${uid}).`,
        );
    } catch (error) {
      // A key that was read once is still in memory: better than a note without a signature.
      this.#onWarning(
        `The audit signing key ${this.path} cannot be used: ${errorText(error)}. Checkpoints are ` +
          `${this.#key === undefined ? 'unsigned' : 'signed with the key read before'} until it can; hft-otel audit keygen makes one.`,
      );
    }
    return this.#key;
  }
}

export function rotationPath(keyPath: string): string {
  return keyPath + ROTATION_SUFFIX;
}

function optionalText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
