/**
 * The fair price of one instrument, which both venues' books follow: a geometric random walk.
 */
import type { Instrument } from './market.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How far a venue's middle strays from the fair price, in basis points (standard deviation). A market maker earns this difference. */
const VENUE_NOISE_BPS = 0.3;

export class PriceWalk {
  readonly #instrument: Instrument;
  readonly #random: SeededRandom;
  #fair: number;

  constructor(instrument: Instrument, random: SeededRandom) {
    this.#instrument = instrument;
    this.#random = random;
    this.#fair = instrument.startPrice;
  }

  /** Lets time pass. Variance grows with time, so the step's deviation grows with its root. */
  advance(seconds: number): void {
    const stepBps = this.#instrument.volatilityBps * Math.sqrt(seconds) * this.#random.gaussian();
    this.#fair *= Math.exp(stepBps / 10_000);
  }

  /** One venue's view of the price now. */
  venueMid(): number {
    return this.#fair * (1 + (VENUE_NOISE_BPS * this.#random.gaussian()) / 10_000);
  }
}
