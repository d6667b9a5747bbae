/**
 * A steady load of log calls on top of what the clients write: a market-data handler that logs each update of a book, with four fields.
 */
import { getExchangeLogger, type HFTLogger } from '../index.ts';
import { CallCost, type CallCostReport } from './call-cost.ts';
import { INSTRUMENTS } from './exchange/market.ts';

/** Timers of Node fire once a millisecond at most, so calls come in small bursts. */
const BURST_INTERVAL_MILLIS = 1;

/** When the load has fallen behind by more than this, it skips the rest, so that it does not make a stall longer. */
const MAX_LAG_MILLIS = 50;

export interface BackgroundLoadOptions {
  /** Calls per second; 0 for none. */
  readonly rate: number;
  /** How long it will go on, for the sampling of call costs. */
  readonly seconds: number;
  readonly logger?: HFTLogger;
}

export class BackgroundLoad {
  readonly #rate: number;
  readonly #logger: HFTLogger;
  readonly #cost: CallCost;
  #timer: NodeJS.Timeout | undefined;
  #startMillis = 0;
  #made = 0;
  #skipped = 0;

  constructor({ rate, seconds, logger }: BackgroundLoadOptions) {
    this.#rate = rate;
    this.#logger = logger ?? getExchangeLogger('mexc', 'public.ws');
    this.#cost = new CallCost(rate * seconds);
  }

  /** Calls made so far. */
  get made(): number {
    return this.#made;
  }

  start(): void {
    if (this.#rate === 0) return;
    this.#startMillis = performance.now();
    this.#timer = setInterval(() => this.#burst(), BURST_INTERVAL_MILLIS);
  }

  stop(): CallCostReport {
    clearInterval(this.#timer);
    return this.#cost.report();
  }

  #burst(): void {
    const due = Math.floor(((performance.now() - this.#startMillis) * this.#rate) / 1_000) - this.#skipped - this.#made;
    const most = Math.ceil((this.#rate * MAX_LAG_MILLIS) / 1_000);
    const burst = Math.min(due, most);
    this.#skipped += due - burst;
    for (let i = 0; i < burst; i++) {
      const sequence = this.#made++;
      const { symbol, startPrice, tickSize } = INSTRUMENTS[sequence % INSTRUMENTS.length];
      const bid = startPrice + (sequence % 100) * tickSize;
      const ask = bid + tickSize;
      this.#cost.measure(() => this.#logger.debug('book update', { symbol, bid, ask, sequence }));
    }
  }
}
