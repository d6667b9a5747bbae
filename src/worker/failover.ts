/**
 * Where records go while their backend does not take them: `backends.*.failover`.
 *
 * Which backends are away is decided once a turn of the drain, so the frames of one look at a ring have one answer. What a backend had taken before stays in its
 * queue: that is what it is tried with, and when it is taken the state is `ok` and new records go there again.
 */
import { kindOf } from '../codec/frames.ts';
import { KIND_LOSS } from '../codec/layout.ts';
import type { RunningBackend } from '../config/running.ts';
import type { BackendCounters } from '../health/counters.ts';
import type { LaneSource } from '../read/lane-source.ts';
import { LANE_FACTS } from '../record.ts';
import { monotonicMillis } from '../time/clock.ts';

/** A backend that is not `ok` and has nothing left to be tried with gets a copy of what comes, so often. The longest pause of a growing one is 30 s. */
const PROBE_MILLIS = 1_000;

/** A backend that has others. */
interface CoveredBackend {
  readonly bit: number;
  readonly counters: FailoverCounters;
  /** Bits of the backends named in its `failover`. */
  readonly others: readonly number[];
  /** It keeps a trail without gaps: audit events wait for it whatever else gets them. */
  readonly keepsAudit: boolean;
  /** Bits that stand in its place now; 0: it gets its own records. */
  instead: number;
  isProbed: boolean;
  probeAtMillis: number;
}

type FailoverCounters = Pick<BackendCounters, 'state' | 'pending' | 'add'>;
type FailoverSource = Pick<LaneSource, 'lane' | 'union' | 'masks' | 'frames' | 'count' | 'words' | 'reroute'>;

export class Failover {
  readonly #covered: readonly CoveredBackend[];
  readonly #states: readonly Pick<BackendCounters, 'state'>[];
  readonly #now: () => number;
  /** Of the backends that others stand in for now. */
  #active = 0;

  /** Undefined when no backend has others. `counters`: by bit. */
  static of(
    running: readonly RunningBackend[],
    counters: readonly FailoverCounters[],
    now: () => number = monotonicMillis,
  ): Failover | undefined {
    const bitOf = new Map(running.map(({ name }, index) => [name, 1 << index]));
    const covered = running.flatMap(({ name, backend, settings }, index): CoveredBackend[] => {
      const others = settings.failover.filter((other) => other !== name).flatMap((other) => bitOf.get(other) ?? []);
      const keepsAudit = backend.holdsAuditBack === true;
      const entry = {
        bit: 1 << index,
        counters: counters[index],
        others,
        keepsAudit,
        instead: 0,
        isProbed: false,
        probeAtMillis: 0,
      };
      return others.length === 0 ? [] : [entry];
    });
    return covered.length === 0 ? undefined : new Failover(covered, counters, now);
  }

  private constructor(covered: readonly CoveredBackend[], states: readonly Pick<BackendCounters, 'state'>[], now: () => number) {
    this.#covered = covered;
    this.#states = states;
    this.#now = now;
  }

  /** Decides for the turn that begins. */
  look(): void {
    this.#active = 0;
    for (const each of this.#covered) {
      each.instead = each.counters.state === 'ok' ? 0 : this.#takingOf(each.others);
      if (each.instead === 0) continue;
      this.#active |= each.bit;
      each.isProbed = this.#now() >= each.probeAtMillis && !isTried(each.counters);
    }
  }

  /** Reroutes the frames of a scan. */
  apply(source: FailoverSource): void {
    if ((source.union & this.#active) === 0) return;
    for (const each of this.#covered) if (each.instead !== 0 && (source.union & each.bit) !== 0) this.#pass(source, each);
    source.reroute((mask) => this.#elsewhere(mask, source));
  }

  /** None of them takes anything either: nothing is gained by moving. */
  #takingOf(others: readonly number[]): number {
    return others.reduce((bits, bit) => (this.#states[31 - Math.clz32(bit)].state === 'ok' ? bits | bit : bits), 0);
  }

  #pass(source: FailoverSource, each: CoveredBackend): void {
    if (each.isProbed) each.probeAtMillis = this.#now() + PROBE_MILLIS;
    if (keepsOwn(each, source)) return;
    let records = 0;
    for (let i = 0; i < source.count; i++)
      if ((source.masks[i] & each.bit) !== 0 && kindOf(source.words, source.frames[i]) !== KIND_LOSS) records++;
    each.counters.add('failed_over', records);
  }

  #elsewhere(mask: number, source: FailoverSource): number {
    let moved = mask;
    for (const each of this.#covered) {
      if (each.instead === 0 || (mask & each.bit) === 0) continue;
      moved |= each.instead;
      if (!keepsOwn(each, source)) moved &= ~each.bit;
    }
    return moved;
  }
}

/** Others get copies. */
function keepsOwn({ isProbed, keepsAudit }: CoveredBackend, { lane }: FailoverSource): boolean {
  return isProbed || (keepsAudit && LANE_FACTS[lane].waitsForRoom);
}

/** Something that it has taken is still offered to it. */
function isTried(counters: FailoverCounters): boolean {
  return counters.pending > 0;
}
