/**
 * Who may ask: those who know the token, from a page of ours or from no page at all. A page of the internet in the same browser can send requests here, also under
 * a name of its own that resolves to this machine ("DNS rebinding"); Host, Origin and Sec-Fetch-Site tell.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isKnownHost, type KnownHosts } from '../common/http/hosts.ts';
import type { Refusal } from '../common/http/refusal.ts';

const FOREIGN_HOST: Refusal = {
  status: 403,
  error:
    'The page does not answer under the name in the Host header. If the name is meant for it, such as the full name of this machine, add it to page.allowedHosts.',
};
const FOREIGN_ORIGIN: Refusal = {
  status: 403,
  error:
    'A page of another origin asked for this. Only the page itself may. A proxy in front of it must pass the Host header on, with its port.',
};
const WRONG_TOKEN: Refusal = {
  status: 401,
  error: 'The token is missing or wrong. `hft-otel page` prints the address with the one that holds now.',
};

/** Undefined: it may. For every request, also for the page itself. */
export function refuseForeign(headers: IncomingHttpHeaders, hosts: KnownHosts): Refusal | undefined {
  const { host, origin } = headers;
  if (!isKnownHost(host, hosts)) return FOREIGN_HOST;
  // The page speaks HTTP; the browser may have come through a proxy that speaks TLS.
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return FOREIGN_ORIGIN;
  const site = headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  // A link somewhere may lead here: it opens the page, which holds nothing.
  return isForeign && headers['sec-fetch-mode'] !== 'navigate' ? FOREIGN_ORIGIN : undefined;
}

/** Compares in a time that tells nothing of the token. */
export class TokenCheck {
  readonly #wanted: Buffer;

  constructor(token: string) {
    this.#wanted = digest(token);
  }

  refuse({ authorization = '' }: IncomingHttpHeaders): Refusal | undefined {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    return token !== undefined && timingSafeEqual(digest(token), this.#wanted) ? undefined : WRONG_TOKEN;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
