/**
 * The calls that are measured, as a user would write them. Call `i` is numbered, so that whoever finds its record at the far end can say what it
 * must hold.
 *
 * Each workload has a loop of its own: V8 keeps what it learns about a call by place in the source text, and a loop that two workloads shared would be
 * compiled for neither.
 */
import type { HFTLogger } from '../src/caller/api.ts';
import type { Fields } from '../src/record.ts';

/** Makes the calls numbered `from` to `to - 1`. */
export type Run = (from: number, to: number) => void;

export interface LoggedRecord {
  readonly message: string;
  readonly fields: Fields;
}

export interface Workload {
  readonly bind: (log: HFTLogger) => Run;
  /** What call `i` has to arrive as. */
  readonly expected: (i: number) => LoggedRecord;
}

const MESSAGE = 'order placed';

/** Two decimals, as prices have; 256 different ones. */
function priceOf(i: number): number {
  return 100.5 + (i & 255);
}

/** Texts as a parser leaves them: flat, each an object of its own. Unlike one that was just concatenated they are not flattened inside the call. */
function flatTexts(make: (i: number) => string): string[] {
  return JSON.parse(JSON.stringify(Array.from({ length: 4096 }, (_, i) => make(i)))) as string[];
}

const IDS = flatTexts((i) => `order-${1_234_567 + i * 101}`);

const four: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++)
      log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  },
  expected: (i) => ({ message: MESSAGE, fields: { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: priceOf(i) } }),
};

const none: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++) log.info('heartbeat');
  },
  expected: () => ({ message: 'heartbeat', fields: {} }),
};

const eight: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++) {
      log.info('order placed', {
        symbol: 'BTCUSDT',
        side: 'BUY',
        qty: 0.5,
        price: 100.5 + (i & 255),
        venue: 'binance',
        leg: 3,
        tif: 'GTC',
        fee: 0.001,
      });
    }
  },
  expected: (i) => ({
    message: MESSAGE,
    fields: { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: priceOf(i), venue: 'binance', leg: 3, tif: 'GTC', fee: 0.001 },
  }),
};

const uniqueId: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++) log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, id: IDS[i & 4095] });
  },
  expected: (i) => ({ message: MESSAGE, fields: { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, id: IDS[i & 4095] } }),
};

const uniqueMessage: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++)
      log.info(`order ${i} placed`, { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  },
  expected: (i) => ({ message: `order ${i} placed`, fields: { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: priceOf(i) } }),
};

const SHAPES = 30;

/** Thirty places in a program that log in turn, each with a message and keys of its own. Generated, because nobody wants to read them. */
const shapes: Workload = {
  bind: (log) => {
    const places = Array.from(
      { length: SHAPES },
      (_, k) =>
        `case ${k}: log.info('event number ${k}', { symbol_${k}: 'BTCUSDT', side_${k}: 'BUY', qty: 0.5, price_${k}: 100.5 + (i & 255) }); break;`,
    );
    return new Function(
      'log',
      `return (from, to) => { for (let i = from; i < to; i++) { switch (i % ${SHAPES}) { ${places.join('\n')} } } }`,
    )(log) as Run;
  },
  expected: (i) => {
    const k = i % SHAPES;
    return {
      message: `event number ${k}`,
      fields: { [`symbol_${k}`]: 'BTCUSDT', [`side_${k}`]: 'BUY', qty: 0.5, [`price_${k}`]: priceOf(i) },
    };
  },
};

const disabled: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++)
      log.debug('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  },
  expected: () => {
    throw new Error('A disabled level has written a record.');
  },
};

/** The same call as `four`, from a place of its own. */
const child: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++)
      log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  },
  expected: four.expected,
};

const audit: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++)
      log.audit('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
  },
  expected: four.expected,
};

/** What the worker's cases encode: five fields, the last of them a text that never comes again. */
const orders: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++) {
      log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255), id: IDS[i & 4095] });
    }
  },
  expected: (i) => ({
    message: MESSAGE,
    fields: { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: priceOf(i), id: IDS[i & 4095] },
  }),
};

/** The same with prices that need up to 17 digits, the hardest thing to write as text. */
const longDigits: Workload = {
  bind: (log) => (from, to) => {
    for (let i = from; i < to; i++) {
      log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 64123.17 + i * 0.01, id: IDS[i & 4095] });
    }
  },
  expected: (i) => ({
    message: MESSAGE,
    fields: { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 64123.17 + i * 0.01, id: IDS[i & 4095] },
  }),
};

export const WORKLOADS = {
  four,
  none,
  eight,
  uniqueId,
  uniqueMessage,
  shapes,
  disabled,
  child,
  audit,
  orders,
  longDigits,
} as const;
export type WorkloadName = keyof typeof WORKLOADS;

/** The floor of `four`: the loop and the object, handed to a function that keeps it. */
export function literalsOnly(): Run {
  const kept: { fields: unknown } = { fields: undefined };
  return (from, to) => {
    for (let i = from; i < to; i++) kept.fields = { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) };
  };
}
