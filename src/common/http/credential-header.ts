/**
 * Judges a header that an operator configured for requests: is it a credential? Such headers are few and stand there on purpose, so more words are taken for one
 * than in the names of fields: `key` and `token` mean other things in trading data.
 */
import { isCredentialName } from '../credential-matcher.ts';
import { maskSecrets } from '../mask-secrets.ts';

/** At the end of a name. In front of `key` four letters or none: `servicekey`, but not `monkey`. */
const CREDENTIAL_WORD =
  /(?:auth|authentication|token|ticket|secret|cookie|credential|password|passwd|(?:^|[^a-z]|[a-z]{4})key)s?$/;
/** Tell requests apart, or say where they go. */
const OTHER_KEY = /(?:idempotency|routing|partition)[^a-z]?key$/;

/** `value`: with a scheme (`Bearer …`), a web token or a parameter of such a name in it, the header is a credential whatever its name is. */
export function isCredentialHeader(name: string, value: string): boolean {
  const lower = name.toLowerCase();
  return isCredentialName(lower) || (CREDENTIAL_WORD.test(lower) && !OTHER_KEY.test(lower)) || maskSecrets(value) !== value;
}
