/**
 * The interface of a venue to a strategy, for any transport, and its one error.
 */
import type { CancelResult, OrderRequest, PlaceResult } from '../exchange/market.ts';

/** A request without an answer by then is given up, and its result must be found out. */
export const TIMEOUT_MILLIS = 250;

export interface OrderEntry {
  readonly exchange: string;
  readonly transport: 'rest' | 'ws';
  /** Resolves with the venue's answer, also with a rejection. Rejects with {@link OrderEntryError} when there is none. */
  placeOrder(order: OrderRequest): Promise<PlaceResult>;
  /** Cancels by the client's own id, so it also works for an order whose answer never came. `timeoutMillis`: default {@link TIMEOUT_MILLIS}. */
  cancelOrder(clientOrderId: string, timeoutMillis?: number): Promise<CancelResult>;
}

/** Why there was no answer to go by; the values of the metric tag `kind`. */
export type OrderErrorKind = 'timeout' | 'disconnected' | 'rate_limited' | 'unavailable';

export class OrderEntryError extends Error {
  readonly kind: OrderErrorKind;

  constructor(kind: OrderErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OrderEntryError';
    this.kind = kind;
  }

  /** The request may have reached the book although no answer came back. */
  get outcomeUnknown(): boolean {
    return this.kind === 'timeout' || this.kind === 'disconnected';
  }
}
