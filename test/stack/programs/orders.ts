// What the service of these tests logs: every record follows from its number alone, so that whoever reads it back knows what it must be.

import type { Level } from '../../../src/index.ts';

export interface Order {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Every fourth record is logged inside a span. */
  readonly span?: { readonly traceId: string; readonly spanId: string };
}

export const EVENTS = ['order_placed', 'order_filled', 'order_cancelled', 'risk_limit_hit'] as const;

const LEVELS: readonly Level[] = ['info', 'debug', 'info', 'warning', 'info'];
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const NOTES = ['two words', 'a line\nfeed and a\ttab', 'ünï 😀 \u202e txt', '"quoted" \\ and {braces}', '%s {{x}} `y`'];
/** Order numbers are beyond what a double holds. */
const FIRST_ORDER_ID = 9_007_199_254_740_993n;

/** The log record with this number, from 1. */
export function orderLog(number: number): Order {
  const failed = number % 100 === 99;
  return {
    level: failed ? 'error' : LEVELS[number % LEVELS.length],
    message: failed ? 'order refused' : `order ${EVENTS[number % EVENTS.length]}`,
    fields: {
      number,
      ...orderData(number),
      note: NOTES[number % NOTES.length],
      ...(number % 10 === 0 && { book: { bid: number / 8, venue: { name: 'main', open: true } } }),
      ...(number % 10 === 1 && { levels: [1, 2.5, 'three', true, null] }),
      ...(failed && { error: new RangeError(`margin of ${number}`) }),
    },
    ...(number % 4 === 0 && { span: { traceId: hex(number, 32), spanId: hex(number, 16) } }),
  };
}

/** What the audit event with this number says. */
export function orderData(number: number): Record<string, string | number | boolean | bigint> {
  return {
    order_id: FIRST_ORDER_ID + BigInt(number),
    symbol: SYMBOLS[number % SYMBOLS.length],
    side: number % 2 === 0 ? 'BUY' : 'SELL',
    qty: number / 1000,
    price: 64_000 + number * 0.01,
    maker: number % 5 === 0,
  };
}

export function orderEvent(number: number): string {
  return EVENTS[number % EVENTS.length];
}

/** Not all zeros, which OpenTelemetry takes for no span. */
function hex(number: number, digits: number): string {
  return number
    .toString(16)
    .padStart(digits - 1, '0')
    .padStart(digits, 'a');
}
