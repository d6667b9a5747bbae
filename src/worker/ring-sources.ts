/**
 * The rings that this worker reads: of every thread that logs into the instance, as they are announced, until they are drained and their threads have ended.
 */
import { claimAuditNumbers } from '../audit/numbers.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import type { Tally } from '../health/tally.ts';
import { type Block, openBlock } from '../memory/block.ts';
import { claimRings, type ProducerMemory, withoutLane } from '../memory/producer-memory.ts';
import { identityOf } from '../memory/signals.ts';
import { LaneSource, type Routes } from '../read/lane-source.ts';
import { LANE_FACTS, type Lane } from '../record.ts';
import type { AnchoredClock } from './wall-clock.ts';

export interface RingSourcesOptions {
  readonly config: Pick<ResolvedConfig, 'attributeCountLimit' | 'resource'>;
  readonly signals: Int32Array;
  /** The run that numbers audit events. */
  readonly run: Block;
  readonly routes: Routes;
  readonly clock: AnchoredClock;
  /** Counts records that go to no backend. */
  readonly onUnrouted: (records: Tally) => void;
}

export class RingSources {
  readonly #options: RingSourcesOptions;
  /** By id, those that have ended too: what their rings refused still counts. */
  readonly #known = new Map<string, ProducerMemory>();

  constructor(options: RingSourcesOptions) {
    this.#options = options;
  }

  /** Sources of a producer's rings, the audit lane's first; undefined if it is known already, or another instance reads it. */
  adopt(memory: ProducerMemory): readonly LaneSource[] | undefined {
    const { config, signals, run, routes, clock, onUnrouted } = this.#options;
    if (this.#known.has(memory.id) || !claimRings(memory, identityOf(signals))) return undefined;
    this.#known.set(memory.id, memory);
    claimAuditNumbers(openBlock(memory.audit.ring), run);
    const { attributeCountLimit, resource } = config;
    const { auditInstanceId } = memory;
    const counter = auditInstanceId === undefined ? undefined : { ...resource, 'service.instance.id': auditInstanceId };
    return (['audit', 'logs'] as const)
      .filter((lane) => memory[lane].dictionary !== undefined)
      .map(
        (lane) =>
          new LaneSource(memory, lane, routes, clock, attributeCountLimit, {
            resource: LANE_FACTS[lane].isNumberedByInstance ? counter : undefined,
            onUnrouted,
          }),
      );
  }

  /** A lane of an ended thread is drained: only its account is kept. */
  finish(producer: string, lane: Lane): void {
    const memory = this.#known.get(producer);
    if (memory !== undefined) this.#known.set(producer, withoutLane(memory, lane));
  }

  /** The memory of every thread so far. */
  get producers(): readonly ProducerMemory[] {
    return [...this.#known.values()];
  }

  /** All rings of a lane so far. */
  ringsOf(lane: Lane): readonly ArrayBufferLike[] {
    return Array.from(this.#known.values(), (memory) => openBlock(memory[lane].ring).memory);
  }
}
