/** The worker's half of a flush: one round at a time; what is asked for meanwhile is answered by the next round. */
import type { FlushAnswerer, FlushRequest } from '../memory/flush.ts';
import type { OpenBackends } from './backends/open-backends.ts';
import type { Drain } from './drain.ts';
import type { WorkerMetrics } from './metrics/open-metrics.ts';

export interface FlushRoundsOptions {
  readonly flushes: FlushAnswerer;
  readonly drain: Pick<Drain, 'drainAll'>;
  readonly backends: Pick<OpenBackends, 'flush'>;
  readonly metrics: Pick<WorkerMetrics, 'flush'>;
  /** Takes the rings that were announced before the flush was asked for. */
  readonly takeAnnounced: () => void;
  /** Called when backends have answered, before the flush is. */
  readonly onAnswered: () => void;
}

export class FlushRounds {
  readonly #options: FlushRoundsOptions;
  #isRunning = false;

  constructor(options: FlushRoundsOptions) {
    this.#options = options;
  }

  /** Answers everything that is asked for. Settles when nothing is. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { flushes } = this.#options;
    for (let request = flushes.next(); request !== undefined; request = flushes.next())
      flushes.answer(request, await this.#round(request));
    this.#isRunning = false;
  }

  async #round({ deadline }: FlushRequest): Promise<boolean> {
    const { flushes, drain, backends, metrics, takeAnnounced, onAnswered } = this.#options;
    takeAnnounced();
    for (;;) {
      const isDrained = drain.drainAll();
      const { left } = deadline;
      const { ending } = flushes;
      const [records, numbers] = await Promise.all([backends.flush(left, ending), metrics.flush(left, ending !== 0)]);
      onAnswered();
      const isComplete = records && numbers;
      if (isDrained || deadline.isOver) return isComplete && isDrained;
    }
  }
}
