/**
 * Secrets of our requests that must not appear in an error text: servers and proxies repeat headers and addresses in their answers.
 */
import { percentDecoded } from '../common/http/percent-decoded.ts';

/** Headers whose values are not secret, and whose words occur in messages. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'user-agent', 'x-hft-lane', 'x-scope-orgid']);

/** Values of configured headers, each also without its scheme (`Bearer`, `Basic`), and the user and password of an address. */
export function secretsOf(headers: Readonly<Record<string, string>> = {}, url?: string): readonly string[] {
  const values = Object.entries(headers).flatMap(([name, value]) => {
    if (PLAIN_HEADERS.has(name.toLowerCase())) return [];
    const [, credentials] = /^[\w-]+ +(.+)$/.exec(value) ?? [];
    return credentials === undefined ? [value] : [value, credentials];
  });
  const { username = '', password = '' } = url !== undefined && URL.canParse(url) ? new URL(url) : {};
  return [...values, username, password, percentDecoded(username), percentDecoded(password)].filter((value) => value !== '');
}
