/**
 * Takes credentials out of a text that came from outside: an answer of a server, a URL, a message of an error. What is replaced:
 *
 * - the userinfo of URLs: `https://[redacted]@host`;
 * - values of parameters, headers and members with the name of a credential: `signature=…`, `X-API-Key: …`, `"token":"…"`;
 * - the text after `Bearer` and `Basic`, JSON web tokens, private keys in PEM form;
 * - all of these in percent-encoded parts: a URL or a JSON text that is a parameter of another URL;
 * - in FIX messages the values of the tags for passwords and signed data;
 * - texts that the caller knows to be secret.
 *
 * A search from separator to separator by hand: regular expressions for "a name before `=`" take time with the square of a text's length.
 * Masking a masked text changes nothing.
 */
import { isCredentialName } from './credential-matcher.ts';

/** Replaces a credential, in every output. */
export const REDACTED_TEXT = '[redacted]';

export interface MaskOptions {
  /** Judges names of parameters. Default: the default list of credential names. */
  readonly isCredential?: (name: string) => boolean;
  /** Texts that are secret wherever they stand, such as the values of configured headers. Shorter ones than four characters are left. */
  readonly known?: readonly string[];
  /** Texts that people write: `token: expired` is no credential. A plain word behind a colon, without quotes, is left. Default false. */
  readonly leavesWords?: boolean;
}

/** Longest name that is judged. */
const MAX_NAME_UNITS = 64;
/** Shortest known secret that is looked for: shorter ones occur by accident. */
const LEAST_KNOWN_UNITS = 4;

/** Longer texts are cut before they are looked into; none of them is shown whole anywhere. */
const MAX_TEXT_UNITS = 1_048_576;

/** Longest credential without a blank that is found by its form: a web token has 10,242 units. */
const MOST_CREDENTIAL_UNITS = 16_384;

/** A parameter of a parameter of a parameter: what is encoded more often is left. */
const MAX_ENCODINGS = 3;

export function maskSecrets(text: string, options: MaskOptions = {}): string {
  const shown = options.known === undefined ? text : withoutKnown(text, options.known);
  return maskedText(shown.slice(0, unitsToMask(shown, MAX_TEXT_UNITS)), options, MAX_ENCODINGS);
}

/**
 * Where a text may be cut that is masked afterwards: at `most` UTF-16 units or before them. Half of a credential is not found by what follows it
 * (`https://user:passw`, without the `@host`), so a cut within one would show that half.
 */
export function unitsToMask(text: string, most: number): number {
  if (text.length <= most) return text.length;
  let at = most;
  while (at > 0 && ENDS_CREDENTIAL[text.charCodeAt(at - 1)] !== 1) at--;
  const isShort = at > 0 && most - at <= MOST_CREDENTIAL_UNITS;
  if (isShort || text.endsWith('://', at)) return at;
  // One word that is longer than a credential: nothing of it is left out but a credential that begins in it.
  const from = Math.max(at, most - MOST_CREDENTIAL_UNITS);
  const begins = text.slice(from, most).search(BEGINS_CREDENTIAL);
  return begins < 0 ? most : from + begins;
}

/** By character code: no credential that is found by its form, or by what follows it, has one of these within it. */
const ENDS_CREDENTIAL = Uint8Array.from({ length: 128 }, (_, code) => (/[/?#\s"'<>\\`]/.test(String.fromCharCode(code)) ? 1 : 0));
/** A web token, or something encoded. */
const BEGINS_CREDENTIAL = /eyJ|%/;

/** The first `most` units of a masked text. Of a text that is much longer only the part is looked into that may be shown. */
export function maskedBeginning(text: string, most: number, mask: (text: string) => string): string {
  return mask(text.slice(0, unitsToMask(text, most + MOST_CREDENTIAL_UNITS))).slice(0, most);
}

function maskedText(
  text: string,
  { isCredential = isCredentialName, leavesWords = false }: MaskOptions,
  encodings: number,
): string {
  let masked = text;
  if (masked.includes('-----BEGIN')) masked = withoutPrivateKeys(masked);
  if (masked.includes('://')) masked = withoutUserinfo(masked);
  if (masked.includes('=')) masked = withoutValues(masked, '=', isCredential, false);
  if (masked.includes(':')) masked = withoutValues(masked, ':', isCredential, leavesWords);
  if (encodings > 0 && ENCODED_SEPARATOR.test(masked)) {
    masked = withEncodedMasked(masked, (part) => maskedText(part, { isCredential, leavesWords }, encodings - 1));
  }
  if (!TELLING_WORD.test(masked)) return masked;
  return masked.replace(BEARER, SCHEME_MASKED).replace(BASIC, SCHEME_MASKED).replace(WEB_TOKEN, REDACTED_TEXT);
}

/**
 * Whether a text may hold a credential that {@link maskSecrets} finds by its surroundings: it has a parameter, a URL, a member, a header or a key. Two searches
 * for one character, so that all other texts pay next to nothing.
 */
export function mayHoldSecrets(text: string): boolean {
  if (text.includes('=')) return true;
  if (text.includes(':') && COLON_MARKS.some((mark) => text.includes(mark))) return true;
  return text.length >= LEAST_KEY_UNITS && text.includes('-----BEGIN');
}

/** Characters around a name before a colon, or around a colon before a value. A time (`12:30:45`) has none of it. */
const COLON_MARKS = ['://', ': ', '":', "':"] as const;
/** No private key in PEM form is shorter. */
const LEAST_KEY_UNITS = 64;

const TELLING_WORD = /bearer|basic|eyJ/i;
const BEARER = /\b(Bearer\s+)(?!\[redacted\])[^\s"'<>,;\\&]{4,}/gi;
/** `Basic` is also a word: the text after it must look like base64. */
const BASIC = /\b([Bb]asic\s+)(?=[A-Za-z0-9][A-Za-z]*[A-Z0-9+/=])[A-Za-z0-9+/=_-]{4,}/g;
const SCHEME_MASKED = `$1${REDACTED_TEXT}`;
const WEB_TOKEN = /\beyJ[\w-]{8,2048}\.[\w-]{4,4096}\.[\w-]{0,4096}/g;

function withoutKnown(text: string, known: readonly string[]): string {
  let masked = text;
  for (const secret of [...known].sort((a, b) => b.length - a.length)) {
    if (secret.length >= LEAST_KNOWN_UNITS) masked = masked.replaceAll(secret, REDACTED_TEXT);
  }
  return masked;
}

/** An encoded `=`, `:` or `%`; in a text without any of them nothing that is encoded is a credential with a name. */
const ENCODED_SEPARATOR = /%(?:3[AaDd]|25)/;
/** Texts between what separates parameters: a part that was encoded as a whole. */
const PARTS = /[^\s"'<>\\`&#?;,=]+/g;
const ENCODED_RUN = /(?:%[0-9A-Fa-f]{2})+/g;
const REDACTED_ENCODED = encodeURIComponent(REDACTED_TEXT);

/** What was encoded several times is decoded once in each call of `mask`. */
function withEncodedMasked(text: string, mask: (part: string) => string): string {
  return text.replace(PARTS, (part) => {
    if (!ENCODED_SEPARATOR.test(part)) return part;
    const decoded = part.replace(ENCODED_RUN, decodedRun);
    const masked = decoded === part ? part : mask(decoded);
    return masked === decoded ? part : encodeURIComponent(masked.toWellFormed()).replaceAll(REDACTED_ENCODED, REDACTED_TEXT);
  });
}

function decodedRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}

const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----/g;
const KEY_END = /-----END [A-Z0-9 ]{0,32}PRIVATE KEY-----/g;

/** A key without an end goes up to the end of the text: it was cut off. */
function withoutPrivateKeys(text: string): string {
  let masked = '';
  let from = 0;
  KEY_BEGIN.lastIndex = 0;
  for (let begin = KEY_BEGIN.exec(text); begin !== null; begin = KEY_BEGIN.exec(text)) {
    KEY_END.lastIndex = KEY_BEGIN.lastIndex;
    const end = KEY_END.exec(text) === null ? text.length : KEY_END.lastIndex;
    masked += text.slice(from, begin.index) + REDACTED_TEXT;
    from = end;
    KEY_BEGIN.lastIndex = end;
  }
  return masked + text.slice(from);
}

const ENDS_AUTHORITY = /[/?#\s"'<>\\`]/g;

function withoutUserinfo(text: string): string {
  let masked = '';
  let from = 0;
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const start = at + 3;
    ENDS_AUTHORITY.lastIndex = start;
    const end = ENDS_AUTHORITY.exec(text)?.index ?? text.length;
    const userUnits = text.slice(start, end).lastIndexOf('@');
    if (userUnits < 0) continue;
    masked += text.slice(from, start) + REDACTED_TEXT;
    from = start + userUnits;
  }
  return masked + text.slice(from);
}

/** By character code: what names consist of. */
const IS_NAME_UNIT = Uint8Array.from({ length: 128 }, (_, code) => (/[\w.\-%[\]$]/.test(String.fromCharCode(code)) ? 1 : 0));
const isBlank = (character: string | undefined) => character === ' ' || character === '\t';

/** Where a value ends, by what stands before its name: the rest of a query, an element of a list, a line. */
const ENDS_QUERY_VALUE = /[&#\s"'<>\\`]/g;
const ENDS_VALUE = /[&\s"'<>;,)\]}|\u0001\\`]/g;
const ENDS_FIX_VALUE = /[|\u0001]/g;

/** FIX tags: RawData (signed data in a logon), Password, NewPassword, EncryptedPassword, EncryptedNewPassword. */
const FIX_CREDENTIALS: ReadonlySet<string> = new Set(['96', '554', '925', '1402', '1404']);

/** An authorization scheme and what it is followed by are one value. */
const SCHEME = /(?:Bearer|Basic|Token|Digest|Negotiate|HMAC|ApiKey|AWS4-HMAC-SHA256)[ \t]+/iy;

/** The value of a Cookie header is a list, and one of a scheme with parameters (`Digest username="u", response="…"`) as well: they go on to the end of the line. */
const ENDS_LINE = /[\r\n]/g;
const ENDS_COOKIES = /["'`\\\r\n]/g;
const COOKIES = /cookie2?$/i;
const PARAMETERS = /[ \t]*[\w-]{1,64}=["\\]/y;

function withoutValues(
  text: string,
  separator: '=' | ':',
  isCredential: (name: string) => boolean,
  leavesWords: boolean,
): string {
  const isFix = separator === '=' && (text.startsWith('8=FIX') || text.includes('\u00018=FIX') || text.includes(' 8=FIX'));
  let masked = '';
  let from = 0;
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + 1)) {
    if (at < from) continue; // within a value that was replaced
    const nameStart = startOfName(text, at, from);
    const name = nameBetween(text, nameStart, at);
    if (name === '') continue;
    // A path of a setting in a message of our own (`backends.audit.signingKey: ENOENT`) names a file, not a key.
    if (separator === ':' && name.startsWith('backends.')) continue;
    const isTag = isFix && FIX_CREDENTIALS.has(name);
    if (!isTag && !isCredential(name)) continue;
    const [start, end] = isTag
      ? [at + 1, endOf(text, at + 1, ENDS_FIX_VALUE)]
      : valueBehind(text, at + 1, text[nameStart - 1], name);
    if (end === start) continue;
    if (leavesWords && text[start - 1] === ' ' && PLAIN_WORD.test(text.slice(start, end))) continue;
    masked += text.slice(from, start) + REDACTED_TEXT;
    from = end;
  }
  return masked + text.slice(from);
}

/** Credentials that are one word of letters are few; a server's and a program's sentences are full of them. */
const PLAIN_WORD = /^[A-Za-z]?[a-z]{0,15}[.!?]?$/;

/** Back over blanks and a closing quote to the first character of a name. */
function startOfName(text: string, separator: number, least: number): number {
  let at = separator;
  while (at > least && isBlank(text[at - 1])) at--;
  while (at > least && (text[at - 1] === '"' || text[at - 1] === "'" || text[at - 1] === '\\')) at--;
  const most = Math.max(least, at - MAX_NAME_UNITS);
  while (at > most && IS_NAME_UNIT[text.charCodeAt(at - 1)] === 1) at--;
  return at;
}

const PLAIN_NAME = /^[\w.-]+$/;

/** `auth[token]` is `auth.token`. */
function nameBetween(text: string, start: number, end: number): string {
  const written = text.slice(start, end);
  if (PLAIN_NAME.test(written)) return written;
  const name = written.replace(/[\s"'\\\]]+/g, '').replaceAll('[', '.');
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** First and last position of the value behind a separator; the same twice when there is none, or when it is masked already. */
function valueBehind(
  text: string,
  from: number,
  before: string | undefined,
  name: string,
): readonly [start: number, end: number] {
  let start = from;
  while (isBlank(text[start])) start++;
  const quote = /\\*["'`]/y;
  quote.lastIndex = start;
  const opening = quote.exec(text)?.[0];
  if (opening !== undefined) {
    start += opening.length;
    if (text.startsWith(REDACTED_TEXT, start)) return [start, start];
    return [start, closingQuote(text, start, opening)];
  }
  SCHEME.lastIndex = start;
  if (SCHEME.test(text)) {
    start = SCHEME.lastIndex;
    PARAMETERS.lastIndex = start;
    if (PARAMETERS.test(text)) return [start, endOf(text, start, ENDS_LINE)];
  }
  if (text.startsWith(REDACTED_TEXT, start)) return [start, start];
  if (text[start] === '{' || text[start] === '[') return [start, closingBracket(text, start)];
  if (text[from - 1] === ':' && COOKIES.test(name)) return [start, endOf(text, start, ENDS_COOKIES)];
  return [start, endOf(text, start, before === '?' || before === '&' ? ENDS_QUERY_VALUE : ENDS_VALUE)];
}

/** The same quote again, not escaped further than the opening one was. */
function closingQuote(text: string, start: number, opening: string): number {
  const quote = opening[opening.length - 1];
  for (let at = text.indexOf(quote, start); at >= 0; at = text.indexOf(quote, at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes <= opening.length - 1) return at - backslashes;
  }
  return text.length;
}

/** Behind the bracket that closes the one at `start`. Brackets in quoted texts count too: at worst too much is replaced. */
function closingBracket(text: string, start: number): number {
  const closing = text[start] === '{' ? '}' : ']';
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === text[start]) depth++;
    else if (text[at] === closing && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOf(text: string, start: number, ends: RegExp): number {
  ends.lastIndex = start;
  return ends.exec(text)?.index ?? text.length;
}
