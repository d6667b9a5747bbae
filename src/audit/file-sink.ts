/**
 * The audit file's sink: the worker's interface to the trail. `success` means: the lines are on disk, and so is the file's name.
 *
 * Each batch is appended and then synced (fdatasync), before its slot of the outbox is given back; records that come meanwhile gather in the outbox as the next
 * batch, so the rate of syncs adapts to the disk. Records that are not safe yet are still in the outbox, so after a failed sync the same batch is written
 * again.
 */
import { ClockBoard } from '../clock/clock-board.ts';
import { FILE_MODE } from '../files/line-file.ts';
import { LineSink } from '../files/line-sink.ts';
import { repeat } from '../time/real-timers.ts';
import { ClockEvidence } from './clock-evidence.ts';
import { originOf } from './run-tree/run-checkpoint.ts';
import { TreeStore } from './run-tree/state.ts';
import { AuditTrail, type AuditTrailOptions } from './trail.ts';
import { Witnesses } from './witness/witnesses.ts';

const TICK_MILLIS = 1_000;

export interface AuditFileSinkOptions extends AuditTrailOptions {
  /** Witnesses of checkpoints, as in the setting. Default: nobody. */
  readonly witnesses?: readonly string[];
  /** Writes lines about the accuracy of the clock. Default false. */
  readonly tellsClock?: boolean;
}

export class AuditFileSink extends LineSink {
  readonly #trail: AuditTrail;
  readonly #stopTicks: () => void;
  readonly #witnesses: Witnesses | undefined;
  readonly #clock: ClockEvidence | undefined;
  #ticks = 0;

  constructor(options: AuditFileSinkOptions) {
    const witnesses = witnessesOf(options);
    const trail = new AuditTrail(witnesses === undefined ? options : { ...options, ...withWitnesses(witnesses, options) });
    super(trail);
    this.#trail = trail;
    this.#witnesses = witnesses;
    this.#clock =
      options.tellsClock === true
        ? new ClockEvidence({
            run: options.run,
            write: (line) => this.#add(line),
            onStatus: (status, unixMillis) => new ClockBoard(options.memory).note(status, unixMillis),
          })
        : undefined;
    void this.#clock?.look();
    this.#stopTicks = options.tree === undefined ? () => {} : repeat(() => this.#tick(), TICK_MILLIS);
  }

  override async close(): Promise<void> {
    this.#stopTicks();
    await this.inTurn(this.#trail.end());
    await this.#witnesses?.close();
  }

  /** A line of our own, behind all earlier batches. If it cannot be written, the next one has the same information. */
  #add(line: Buffer): void {
    void this.inTurn(this.#trail.write({ bytes: line, offset: 0 })).catch(() => {});
  }

  /** One at a time: a disk that hangs gathers no queue of them. */
  #tick(): void {
    if (this.#ticks > 0) return;
    this.#ticks++;
    void this.#clock?.look();
    this.#witnesses?.tick();
    // The next write meets the same error, and reports it.
    void this.inTurn(this.#trail.tick())
      .catch(() => {})
      .finally(() => this.#ticks--);
  }
}

function witnessesOf({
  witnesses = [],
  tree,
  target,
  memory,
  onWarning = () => {},
}: AuditFileSinkOptions): Witnesses | undefined {
  if (tree === undefined || witnesses.length === 0) return undefined;
  const { service, instance, start, run } = tree;
  return new Witnesses({
    witnesses,
    path: target.path,
    origin: originOf(service, instance, start),
    run,
    memory,
    size: new TreeStore(memory).load().state.size,
    mode: target.mode ?? FILE_MODE,
    onWarning,
  });
}

/** Events of the trail's tree go to the witnesses, too. */
function withWitnesses(
  witnesses: Witnesses,
  { onCheckpoint, onLeaf }: AuditTrailOptions,
): Required<Pick<AuditTrailOptions, 'onCheckpoint' | 'onLeaf'>> {
  return {
    onLeaf: (hash, size) => {
      onLeaf?.(hash, size);
      witnesses.leaf(hash, size);
    },
    onCheckpoint: (note, size, tree) => {
      onCheckpoint?.(note, size, tree);
      witnesses.checkpoint(note, size, tree);
    },
  };
}
