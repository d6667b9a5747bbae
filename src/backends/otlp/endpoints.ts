/**
 * Several addresses of one collector or of several, in order of preference. Each has a circuit of its own: a batch that one address does not take goes to the
 * next one at once, and an address that has failed repeatedly is left out until it has answered three probes in a row.
 *
 * The delivery engine decides how often a batch is tried. When no circuit allows an address, all are tried.
 */

import { errorText } from '../../common/error-text.ts';
import type { Outcome } from '../../contract/backend.ts';
import { Circuit } from '../../delivery/circuit.ts';
import { monotonicMillis } from '../../time/clock.ts';
import { isBroken } from './answer.ts';

/** Good probes in a row after which an address is preferred again. */
const GOOD_PROBES = 3;

/** Time for one request while there is another address to go to: with the time that a circuit may need, an address that hangs is left within 6 s. */
export const SWITCH_TIMEOUT_MILLIS = 5_000;

export interface Endpoint<Batch> {
  /** For people. */
  readonly url: string;
  write(batch: Batch): Promise<Outcome>;
}

export interface EndpointsOptions {
  /** Called at each change of the address that is used. */
  readonly onSwitch?: ((message: string) => void) | undefined;
  /** Milliseconds of a monotonic clock. */
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
}

interface Candidate<Batch> {
  readonly endpoint: Endpoint<Batch>;
  readonly circuit: Circuit;
  underWay: number;
}

export class Endpoints<Batch> {
  readonly #candidates: readonly Candidate<Batch>[];
  readonly #now: () => number;
  readonly #onSwitch: ((message: string) => void) | undefined;
  #used = 0;

  constructor(endpoints: readonly Endpoint<Batch>[], { now = monotonicMillis, random, onSwitch }: EndpointsOptions = {}) {
    this.#now = now;
    this.#onSwitch = onSwitch;
    this.#candidates = endpoints.map((endpoint) => ({
      endpoint,
      circuit: new Circuit({ goodProbes: GOOD_PROBES, random }),
      underWay: 0,
    }));
  }

  /** The outcome of the first address that took it, or, when none did, of the last one. */
  async write(batch: Batch): Promise<Outcome> {
    const allowed = this.#candidates.filter(
      ({ circuit, underWay }) => circuit.allowed(Number.POSITIVE_INFINITY, this.#now()) > underWay,
    );
    let last: Outcome | undefined;
    for (const candidate of allowed.length > 0 ? allowed : this.#candidates) {
      last = await this.#writeTo(candidate, batch);
      if (isTaken(last)) return last;
    }
    return last ?? { status: 'retryable', message: 'There is no address to send to.' };
  }

  async #writeTo(candidate: Candidate<Batch>, batch: Batch): Promise<Outcome> {
    const { circuit, endpoint } = candidate;
    circuit.attempted(this.#now());
    candidate.underWay++;
    let outcome: Outcome;
    try {
      outcome = await endpoint.write(batch);
    } catch (error) {
      outcome = { status: 'retryable', message: errorText(error) };
    }
    candidate.underWay--;
    if (isTaken(outcome)) {
      circuit.answered(this.#now());
      this.#switchTo(this.#candidates.indexOf(candidate));
    } else circuit.refused(this.#now(), outcome.status === 'retryable' ? outcome.afterMillis : undefined);
    return outcome;
  }

  /** Probes of an address that has failed do not count as a switch until it is trusted again. */
  #switchTo(index: number): void {
    const { circuit, endpoint } = this.#candidates[index];
    if (index === this.#used || circuit.state !== 'closed') return;
    // While the circuit of a better address is closed, its failure may be a short one.
    const isBack = index < this.#used;
    if (!isBack && this.#candidates[this.#used].circuit.state === 'closed') return;
    const { url } = this.#candidates[this.#used].endpoint;
    this.#used = index;
    this.#onSwitch?.(
      isBack
        ? `${endpoint.url} answers again and is used again, as the preferred address.`
        : `${url} does not take records: they go to ${endpoint.url} until it does.`,
    );
  }
}

/** It was taken, or would be refused by every address. With any other outcome another address is tried: credentials and paths differ. */
function isTaken(outcome: Outcome): boolean {
  return outcome.status === 'success' || outcome.status === 'partial' || isBroken(outcome);
}
