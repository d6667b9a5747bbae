/**
 * The highest rate that is held: grows until a trial fails, narrows, and then holds what it found, lowering it until it stays.
 */

export interface Trial {
  readonly held: boolean;
  readonly callsPerSecond: number;
}

const FIRST_RATE = 400_000;
const GROWTH = 1.5;
const BISECTIONS = 3;
/** A rate has failed when so many trials in a row have: the machine's own pauses end single ones. */
const TRIALS = 3;
/** Each attempt to hold a rate for the whole time begins a little lower than the one before. */
const LOWERED = 0.92;
const HOLDS = 10;

/** `attempt` offers a rate for a time. Short trials look for it, one of `holdSeconds` is the answer; undefined when none was held. */
export async function highestHeld<T extends Trial>(
  attempt: (callsPerSecond: number, seconds: number) => Promise<T>,
  { trialSeconds, holdSeconds }: { readonly trialSeconds: number; readonly holdSeconds: number },
): Promise<T | undefined> {
  const isHeld = async (rate: number) => {
    for (let trial = 0; trial < TRIALS; trial++) if ((await attempt(rate, trialSeconds)).held) return true;
    return false;
  };
  let low = 0;
  let high = FIRST_RATE;
  for (; await isHeld(high); high *= GROWTH) low = high;
  low ||= high / 4;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = Math.sqrt(low * high);
    if (await isHeld(middle)) low = middle;
    else high = middle;
  }
  for (let i = 0, rate = low; i < HOLDS; i++, rate *= LOWERED) {
    const trial = await attempt(rate, holdSeconds);
    if (trial.held) return trial;
  }
  return undefined;
}
