/**
 * Calls in bursts with pauses: a burst is timed, then everything it wrote is waited for, so that no ring is ever full and no call is timed that
 * was refused. The worker drains during the burst too, as it does in a service.
 */
import type { Run } from '../workloads.ts';
import { nanos } from './clock.ts';

export interface Bursts {
  readonly burstCalls: number;
  readonly bursts: number;
  /** Waits until what was written has left. */
  readonly settle: () => void | Promise<void>;
}

/** Numbers the calls of a contender from 0 on, over all its rounds. */
export class Caller {
  readonly #run: Run;
  made = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Wall time of a call over one round of bursts, ns. */
  async round({ burstCalls, bursts, settle }: Bursts): Promise<number> {
    let total = 0;
    for (let burst = 0; burst < bursts; burst++) {
      const start = nanos();
      this.#run(this.made, this.made + burstCalls);
      total += nanos() - start;
      this.made += burstCalls;
      await settle();
    }
    return total / (bursts * burstCalls);
  }

  /** A burst that nobody times. */
  make(calls: number): void {
    this.#run(this.made, this.made + calls);
    this.made += calls;
  }
}
