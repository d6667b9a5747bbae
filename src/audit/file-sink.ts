/**
 * The audit file's sink: the worker's face of the trail. `success` means: the lines are on disk, and so is the file's name.
 *
 * Each batch is appended and then synced (fdatasync), before its slot of the outbox is given back; what comes meanwhile gathers in the outbox and
 * makes up the next batch, so the rate of syncs adapts to the disk. Thus what is not safe yet is still in the outbox, and after a sync that
 * failed nothing has to be remembered: the same batch is written again.
 */
import { LineSink } from '../files/line-sink.ts';
import { repeat } from '../time/real-timers.ts';
import { AuditTrail, type AuditTrailOptions } from './trail.ts';

const TICK_MILLIS = 1_000;

export class AuditFileSink extends LineSink {
  readonly #trail: AuditTrail;
  readonly #stopTicks: () => void;
  #ticks = 0;

  constructor(options: AuditTrailOptions) {
    const trail = new AuditTrail(options);
    super(trail);
    this.#trail = trail;
    this.#stopTicks = options.tree === undefined ? () => {} : repeat(() => this.#tick(), TICK_MILLIS);
  }

  override close(): Promise<void> {
    this.#stopTicks();
    return this.inTurn(this.#trail.end());
  }

  /** One at a time: a disk that hangs gathers no queue of them. */
  #tick(): void {
    if (this.#ticks > 0) return;
    this.#ticks++;
    // The next write meets the same error, and reports it.
    void this.inTurn(this.#trail.tick())
      .catch(() => {})
      .finally(() => this.#ticks--);
  }
}
