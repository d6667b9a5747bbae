import { setTimeout as sleep } from 'node:timers/promises';

/** Settles when `holds` does. Rejects with what `otherwise` says after a minute: a machine may be busy, a condition is not. */
export async function until(holds: () => boolean, otherwise: () => unknown): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Still not so: ${JSON.stringify(otherwise())}`);
    await sleep(10);
  }
}
