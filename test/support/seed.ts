/**
 * Where everything random in the tests starts from. `npm test` tries the same samples each time, so that a red run is the fault of the change.
 * `HFT_SEED=random npm test` looks for new ones, and each test that fails names the seed that repeats it: `HFT_SEED=N`.
 */
import fc from 'fast-check';

const asked = process.env.HFT_SEED ?? '1';

export const SEED = asked === 'random' ? Date.now() % 1_000_000_000 : Number(asked);
if (!Number.isSafeInteger(SEED)) throw new Error(`HFT_SEED is "${asked}": give an integer, or "random".`);

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
