/**
 * The proxy of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`). With `NODE_USE_ENV_PROXY=1` or `--use-env-proxy` Node's own agents and `fetch` go through
 * it, and so does the Pushgateway's page; an agent of ours does only if it is told.
 */
import http, { type AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { isLoopback } from '../../common/http/loopback.ts';

/**
 * Options of an agent for this address. Node's version and flags decide: its own agent says what they are. `timeoutMillis` bounds the making of a tunnel, which
 * no request can cut off.
 */
export function proxyOptions(url: string | undefined, timeoutMillis?: number): AgentOptions {
  const { proxyEnv } = (http.globalAgent as { readonly options?: AgentOptions }).options ?? {};
  // A collector beside the process is behind no proxy, and NO_PROXY often does not name it.
  return proxyEnv === undefined || url === undefined || isLoopback(new URL(url)) ? {} : { proxyEnv, timeout: timeoutMillis };
}

/** Node marks a connection to a proxy that is not a tunnel yet: it calls back when it is. */
export function isTunnelAwaited(socket: Duplex): boolean {
  return Object.getOwnPropertySymbols(socket).some(({ description }) => description === 'kWaitForProxyTunnel');
}
