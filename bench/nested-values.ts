/**
 * Nested values as services log them: order books in three forms, an order as ccxt gives it, arrays of numbers, bytes, errors.
 */

type Level = readonly [string, string] | readonly [number, number] | { readonly price: number; readonly qty: number };

const texts = (i: number): Level => [(64_000 + i).toFixed(2), (i / 1_000).toFixed(4)];
const numbers = (i: number): Level => [64_000 + i / 100, i / 1_000];
const objects = (i: number): Level => ({ price: 64_000 + i / 100, qty: i / 1_000 });

function book(levels: number, level: (i: number) => Level): object {
  const side = () => Array.from({ length: levels }, (_, i) => level(i));
  return { bids: side(), asks: side() };
}

/** Texts as a parser leaves them: flat, each an object of its own. */
function parsed<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** An order as ccxt gives it: its own names, what the exchange has said in `info`, a fee, trades. */
const order = {
  id: '81237645',
  clientOrderId: 'x-R4tBd2-0001',
  symbol: 'BTC/USDT',
  type: 'limit',
  side: 'buy',
  status: 'closed',
  price: 64_123.17,
  amount: 0.5,
  filled: 0.5,
  remaining: 0,
  timestamp: 1_795_867_200_123,
  fee: { currency: 'USDT', cost: 12.82 },
  trades: [
    { id: 't-1', price: 64_123.17, amount: 0.2, cost: 12_824.63 },
    { id: 't-2', price: 64_123.16, amount: 0.3, cost: 19_236.94 },
  ],
  info: { orderId: '81237645', clientOrderId: 'x-R4tBd2-0001', updateTime: 1_795_867_200_123, isWorking: true },
};

function failure(): Error {
  const error = new Error('order rejected', { cause: new Error('HTTP 429') });
  // Made by a throw of its own in a service; here its text is put together once, and then read by both.
  void error.stack;
  void (error.cause as Error).stack;
  return error;
}

export interface NestedValue {
  readonly name: string;
  /** Fields of the record. */
  readonly fields: object;
  /** Most of what pino takes; undefined: it is not compared. */
  readonly ofPino?: number;
  /** Most µs; undefined: the ratio alone is promised. */
  readonly micros?: number;
  /** Calls of a burst. */
  readonly burstCalls: number;
  /** Whether the line is what JSON makes of the fields: not of errors, which get names of their own. */
  readonly asJson: boolean;
}

const small = { burstCalls: 250, asJson: true } as const;
const large = { burstCalls: 12, asJson: true } as const;

export const NESTED: Readonly<Record<string, NestedValue>> = {
  'book-20-texts': { ...small, name: 'book of 20 + 20, texts', fields: parsed(book(20, texts)), ofPino: 1 / 4 },
  'book-20-numbers': { ...small, name: 'book of 20 + 20, numbers', fields: parsed(book(20, numbers)), ofPino: 1 / 4 },
  'book-20-objects': { ...small, name: 'book of 20 + 20, objects', fields: parsed(book(20, objects)), ofPino: 1 / 4 },
  'book-1000-texts': { ...large, name: 'book of 1,000 + 1,000, texts', fields: parsed(book(1_000, texts)), ofPino: 1 / 2 },
  'book-1000-numbers': { ...large, name: 'book of 1,000 + 1,000, numbers', fields: parsed(book(1_000, numbers)), ofPino: 1 / 10 },
  'book-1000-objects': {
    ...large,
    name: 'book of 1,000 + 1,000, objects',
    fields: parsed(book(1_000, objects)),
    ofPino: 1 / 3,
  },
  order: { ...small, name: 'an order of ccxt', fields: { order: parsed(order) }, ofPino: 1 / 4 },
  floats: {
    ...large,
    name: 'Float64Array, 16 KiB',
    fields: { values: Float64Array.from({ length: 2_048 }, (_, i) => 64_000 + i / 8) },
    micros: 3,
    asJson: false,
  },
  bytes: { ...large, name: 'Buffer, 16 KiB', fields: { frame: Buffer.alloc(16_384, 0x80) }, micros: 3, asJson: false },
  error: { ...small, name: 'an Error with a cause', fields: { err: failure() }, ofPino: 1 / 3, asJson: false },
};
