/** Random numbers for tests that print their seed. */
import { SeededRandom } from '../../src/demo/exchange/seeded-random.ts';

/** Uniform in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed. */
export function randomOf(seed: number): Random {
  const random = new SeededRandom(seed);
  return () => random.next();
}

/** An integer from 0 to below `most`. */
export const pick = (random: Random, most: number) => Math.floor(random() * most);
