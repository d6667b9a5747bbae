/**
 * Whether an address is one of this machine alone: nothing on the way can read it, and no proxy reaches it.
 */
import { isIP } from 'node:net';

export function isLoopback({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
