/**
 * Several addresses of one collector or of several, in order of preference. Each has a circuit of its own: a batch that one of them does not take goes to the
 * next one at once, and one that has failed again and again is left out until it has answered three probes in a row.
 *
 * How often anything is tried is decided in front of this, by the delivery engine; when no address is to be tried by itself, all are.
 */
import type { Outcome } from '../../contract/backend.ts';
import { Circuit } from '../../delivery/circuit.ts';
import { monotonicMillis } from '../../time/clock.ts';
import { isBroken } from './answer.ts';

/** Good probes in a row after which an address is preferred again. */
const GOOD_PROBES = 3;

/** Time for one request while there is another address to go to: with the time that a circuit may need, what hangs is left within 6 s. */
export const SWITCH_TIMEOUT_MILLIS = 5_000;

export interface Endpoint<Batch> {
  /** For people. */
  readonly url: string;
  write(batch: Batch): Promise<Outcome>;
}

export interface EndpointsOptions {
  /** Told of each change of the address that is used. */
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

  /** What the first address that took it said, or, when none did, the last one. */
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
      outcome = { status: 'retryable', message: String(error) };
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
    // A better address is away for a moment only, so long as its circuit is closed.
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

/** It was taken, or would be refused anywhere. Anything else is worth another address: credentials and paths differ. */
function isTaken(outcome: Outcome): boolean {
  return outcome.status === 'success' || outcome.status === 'partial' || isBroken(outcome);
}
