/**
 * Which witnesses a trail has: `URL`, or `URL VKEY` with the witness's verifier key, so that its answers are checked before they count.
 */
import { parseVerifierKey, type VerifierKey } from '../tree/note.ts';

export interface WitnessAddress {
  /** What requests go below; ends without a slash. */
  readonly url: string;
  readonly key: VerifierKey | undefined;
}

/** Throws a SyntaxError that says what is wrong. */
export function parseWitness(text: string): WitnessAddress {
  const [url = '', vkey, ...more] = text.trim().split(/\s+/);
  if (more.length > 0) throw new SyntaxError('it is more than an address and a verifier key');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new SyntaxError('it is no http(s) address');
  const { username, password, search, hash } = new URL(url);
  if (`${username}${password}${search}${hash}` !== '')
    throw new SyntaxError('its address has credentials, a query or a fragment');
  const key = vkey === undefined ? undefined : parseVerifierKey(vkey);
  if (key?.use === 'note') throw new SyntaxError('its key is no key of a witness (hft-otel audit keygen --witness makes one)');
  return { url: url.replace(/\/+$/, ''), key };
}
