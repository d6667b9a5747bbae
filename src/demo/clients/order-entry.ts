/**
 * What a strategy needs of a venue to trade there, whatever the transport, and the one error it has to understand.
 */
import type { CancelResult, OrderRequest, PlaceResult } from '../exchange/market.ts';

export interface OrderEntry {
  readonly exchange: string;
  readonly transport: 'rest' | 'ws';
  /** Resolves with the venue's word, rejections included. Rejects with {@link OrderEntryError} when there is none. */
  placeOrder(order: OrderRequest): Promise<PlaceResult>;
  /** Cancels by the client's own id, so it also works for an order whose answer never came. */
  cancelOrder(clientOrderId: string): Promise<CancelResult>;
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
