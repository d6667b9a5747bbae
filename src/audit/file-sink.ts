/**
 * The audit file's sink: the worker's face of the trail. `success` means: the lines are on disk, and so is the file's name.
 *
 * Each batch is appended and then synced (fdatasync), before its slot of the outbox is given back; what comes meanwhile gathers in the outbox and
 * makes up the next batch, so the rate of syncs adapts to the disk. Thus what is not safe yet is still in the outbox, and after a sync that
 * failed nothing has to be remembered: the same batch is written again.
 */
import { LineSink } from '../files/line-sink.ts';
import { repeat } from '../time/real-timers.ts';
import { ClockEvidence } from './clock-evidence.ts';
import { AuditTrail, type AuditTrailOptions } from './trail.ts';

const TICK_MILLIS = 1_000;

export interface AuditFileSinkOptions extends AuditTrailOptions {
  /** Lines tell how well the clock was known. Default false. */
  readonly tellsClock?: boolean;
}

export class AuditFileSink extends LineSink {
  readonly #trail: AuditTrail;
  readonly #stopTicks: () => void;
  readonly #clock: ClockEvidence | undefined;
  #ticks = 0;

  constructor(options: AuditFileSinkOptions) {
    const trail = new AuditTrail(options);
    super(trail);
    this.#trail = trail;
    this.#clock =
      options.tellsClock === true ? new ClockEvidence({ run: options.run, write: (line) => this.#add(line) }) : undefined;
    void this.#clock?.look();
    this.#stopTicks = options.tree === undefined ? () => {} : repeat(() => this.#tick(), TICK_MILLIS);
  }

  override close(): Promise<void> {
    this.#stopTicks();
    return this.inTurn(this.#trail.end());
  }

  /** A line of our own, behind what was offered before. Where it cannot be written, the next one says as much. */
  #add(line: Buffer): void {
    void this.inTurn(this.#trail.write({ bytes: line, offset: 0 })).catch(() => {});
  }

  /** One at a time: a disk that hangs gathers no queue of them. */
  #tick(): void {
    if (this.#ticks > 0) return;
    this.#ticks++;
    void this.#clock?.look();
    // The next write meets the same error, and reports it.
    void this.inTurn(this.#trail.tick())
      .catch(() => {})
      .finally(() => this.#ticks--);
  }
}
