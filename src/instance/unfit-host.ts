/** Hosts that lack what an instance needs are refused before anything is allocated: in them every record would be lost at the end, without a word. */
import { HftError } from '../errors.ts';

/**
 * Throws on Deno. Seen in 2.9: `receiveMessageOnPort` refuses a BroadcastChannel and a worker's `parentPort`, and an unreferenced worker that waits in
 * `Atomics.waitAsync` keeps the process from ending.
 */
export function refuseUnfitHost(versions: Readonly<Record<string, string | undefined>> = process.versions): void {
  if (versions.deno === undefined) return;
  throw new HftError(
    'HFT_HOST',
    `hft-otel does not run on Deno (${versions.deno}): its worker threads lack what delivery needs.`,
  );
}
