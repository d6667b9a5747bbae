/**
 * What is sent to a witness, as C2SP's `tlog-witness` has it: the size that it has cosigned last, a proof that the new tree begins with that one, and the checkpoint.
 *
 * ```
 * old 1000
 * <hash, base64> …
 *
 * <checkpoint>
 * ```
 */
import { HASH_BYTES } from '../tree/hash.ts';

export interface WitnessRequest {
  readonly oldSize: number;
  readonly proof: readonly Buffer[];
  /** A signed note. */
  readonly note: string;
}

export const ADD_CHECKPOINT_PATH = '/add-checkpoint';
/** Of the answer to a request whose `oldSize` is not what the witness has. */
export const SIZE_TYPE = 'text/x.tlog.size';

/** The specification's limit: a tree has no more levels. */
const MOST_HASHES = 63;

export function formatRequest({ oldSize, proof, note }: WitnessRequest): string {
  return `${[`old ${oldSize}`, ...proof.map((hash) => hash.toString('base64'))].join('\n')}\n\n${note}`;
}

/** Throws a SyntaxError for what is no request. */
export function parseRequest(text: string): WitnessRequest {
  const at = text.indexOf('\n\n');
  if (at < 0) throw new SyntaxError('it has no empty line in front of the checkpoint');
  const [old = '', ...hashes] = text.slice(0, at).split('\n');
  const [, size] = /^old (0|[1-9]\d{0,15})$/.exec(old) ?? [];
  if (size === undefined || !Number.isSafeInteger(Number(size))) throw new SyntaxError('its first line is not "old <size>"');
  if (hashes.length > MOST_HASHES) throw new SyntaxError(`its proof has more than ${MOST_HASHES} hashes`);
  const proof = hashes.map((line) => {
    const hash = Buffer.from(line, 'base64');
    if (hash.length !== HASH_BYTES || hash.toString('base64') !== line) throw new SyntaxError('a line of its proof is no hash');
    return hash;
  });
  return { oldSize: Number(size), proof, note: text.slice(at + 2) };
}
