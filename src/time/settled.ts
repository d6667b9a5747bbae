/** Waiting for something that may not come. */
import { clearTimeout as clearRealTimeout, setTimeout as setRealTimeout } from 'node:timers';

/** Settles with `promise`, or when the time is over. */
export async function settled(promise: Promise<unknown>, timeoutMillis: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setRealTimeout(resolve, timeoutMillis);
  });
  await Promise.race([promise, over]);
  clearRealTimeout(timer);
}
