/**
 * Whether a request is meant for this endpoint, by its Host header. A web page that is open in a browser of this network can make its own name resolve to this
 * machine and read the answer ("DNS rebinding"); the request still has that name.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Ends of names that cannot be registered (RFC 6761, RFC 6762, ICANN's `internal`, Kubernetes' services), and so cannot be rebound. */
const PRIVATE_ENDS = ['localhost', 'local', 'internal', 'home.arpa', 'svc', 'cluster.local'];

export interface KnownHosts {
  /** Address or name that is listened on. */
  readonly host: string;
  /** Further names; one that begins with `*.` stands for all names below it, `*` for every name. */
  readonly allowedHosts: readonly string[];
}

/**
 * Addresses, names without a dot, private names, this machine's hostname, and what is configured. The hostname with something behind it is not among them:
 * anyone can have `host.example.org` point here. A request without a Host header does not come from a browser.
 *
 * @param header value of the Host header
 */
export function isKnownHost(header: string | undefined, { host, allowedHosts }: KnownHosts): boolean {
  if (header === undefined || header === '') return true;
  const name = nameOf(header);
  if (isIP(name) !== 0 || !name.includes('.')) return true;
  return (
    name === host.toLowerCase() ||
    name === hostname().toLowerCase() ||
    PRIVATE_ENDS.some((end) => name.endsWith(`.${end}`)) ||
    allowedHosts.some((allowed) => matches(name, allowed.toLowerCase()))
  );
}

/** Without port, brackets and the dot of the root. */
function nameOf(header: string): string {
  const [, bracketed] = /^\[([^\]]*)\]/.exec(header) ?? [];
  if (bracketed !== undefined) return bracketed;
  return header.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

function matches(name: string, allowed: string): boolean {
  if (allowed === '*') return true;
  return allowed.startsWith('*.') ? name.endsWith(allowed.slice(1)) : name === allowed;
}
