/** Hosts that lack what an instance needs are refused before anything is allocated: on them every record would be lost at the end, without a message. */
import { HftError } from '../errors.ts';

/** Node's first version with what the package uses, as in package.json: npm only warns of an older one. */
const LEAST_NODE = [22, 15] as const;

/**
 * Throws {@link HftError} HFT_HOST on a Node that is too old, and on Deno. Seen in 2.9: `receiveMessageOnPort` refuses a BroadcastChannel and a worker's `parentPort`, and an unreferenced worker that waits in
 * `Atomics.waitAsync` keeps the process from ending.
 */
export function refuseUnfitHost(versions: Readonly<Record<string, string | undefined>> = process.versions): void {
  if (versions.deno !== undefined)
    throw new HftError(
      'HFT_HOST',
      `hft-otel does not run on Deno (${versions.deno}): its worker threads lack what delivery needs.`,
    );
  if (versions.bun === undefined && isTooOld(versions.node))
    throw new HftError('HFT_HOST', `hft-otel does not run on Node ${versions.node}: it needs ${LEAST_NODE.join('.')} or newer.`);
}

function isTooOld(node = ''): boolean {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  return major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
}
