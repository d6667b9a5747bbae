/**
 * The protocol between the loopback exchange and its clients, in JSON. Both venues use the same.
 *
 *   REST, signed    POST   /{venue}/api/v3/order        OrderRequest     → 200 PlaceResult, 400 PlaceResult (rejected), 401, 429, 503
 *                   DELETE /{venue}/api/v3/order/{id}                    → 200 CancelResult
 *   REST, public    GET    /{venue}/api/v3/ticker/{symbol}               → 200 Ticker
 *   WebSocket       /{venue}/ws      ClientMessage → and ← ServerMessage
 *
 * Signed means: header `x-api-key`, and `x-signature` = HMAC-SHA256 of method, path and body with the account's secret, in hex. A WebSocket
 * signs its login in the same way.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CancelResult, Fill, OrderRequest, PlaceResult, Ticker } from './market.ts';
import type { Refusal } from './mischief.ts';

export interface Credentials {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** Messages of a private feed. `reply`: the answer to a request made over the socket. */
export type Channel = 'book_ticker' | 'user_trades' | 'reply';

export type ClientMessage =
  /** Opens the feed. Fills after `lastTradeId` are sent again, so that a connection that was cut misses none. */
  | { readonly op: 'login'; readonly apiKey: string; readonly signature: string; readonly lastTradeId: number }
  | { readonly op: 'place_order'; readonly id: number; readonly order: OrderRequest }
  | { readonly op: 'cancel_order'; readonly id: number; readonly clientOrderId: string };

export type Reply = PlaceResult | CancelResult | { readonly status: 'refused'; readonly reason: Refusal };

export type ServerMessage =
  | { readonly channel: 'book_ticker'; readonly timeUnixMillis: number; readonly data: Ticker }
  | { readonly channel: 'user_trades'; readonly timeUnixMillis: number; readonly data: Fill }
  | { readonly channel: 'reply'; readonly timeUnixMillis: number; readonly id: number; readonly data: Reply };

export function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

export function isSignedBy(secret: string, text: string, signature: string): boolean {
  const expected = Buffer.from(sign(secret, text));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
