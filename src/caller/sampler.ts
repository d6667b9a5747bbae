/**
 * Sampling: of records that come from one call site, the first few in a time are written and then every so many, or those of a share of all traces. Records
 * that are left out are counted by level in the ring's account, and the next record that is written has their number.
 *
 * A call site is a logger's name, a level and a message; loggers made by `withContext` share those of their parent.
 */
import { namePattern } from '../common/name-pattern.ts';
import { LEVEL_COUNT, type LevelName, rankOfLevel, readLevel, type Scope } from '../record.ts';
import type { SamplingRule } from '../settings/vocabulary.ts';

/** The record is left out. */
export const LEFT_OUT = -1;

/** Attribute of a record: how many of its call site were left out since the last one that was written. */
export const SAMPLED_OUT_KEY = 'hft.sampled_out';

/** Logger names, and messages of each level of one, that are told apart. What is beyond shares one call site: memory stays bounded, and the account exact. */
const MAX_NAMES = 1_000;
const MAX_MESSAGES = 1_000;

/** Where the bits of a trace id that are random begin: its last seven bytes (W3C Trace Context level 2), of which six are looked at. */
const RANDOM_BYTE = 9;
const RANDOM_BYTES = 6;

/** Defaults of {@link SamplingRule}: the documentation of the type names them. */
const DEFAULTS = { upTo: 'info', first: 10, every: 100, perMillis: 1_000 } as const;

interface CompiledRule {
  readonly matches: (name: string) => boolean;
  readonly highestRank: number;
  readonly first: number;
  readonly every: number;
  readonly perNanos: number;
  /** Least value of a trace's random bits, as a share, that is kept; undefined: traces have no say. */
  readonly traceThreshold: number | undefined;
}

interface Site {
  windowStart: number;
  inWindow: number;
  leftOut: number;
}

interface NamedSites {
  /** Of the logger that came first under this name, without its context. */
  readonly scope: Scope;
  readonly rule: CompiledRule | undefined;
  /** By level rank. */
  readonly sites: Map<string, Site>[];
}

export interface SamplerOptions {
  readonly rules: readonly SamplingRule[];
  /** Nanoseconds of the monotonic clock. */
  readonly readClock: () => bigint;
  /** Counts a record that is left out. */
  readonly count: (rank: number) => void;
}

/** A call site with left-out records that no written one has reported. */
export interface Untold {
  readonly scope: Scope;
  readonly rank: number;
  readonly message: string;
  readonly leftOut: number;
}

export class Sampler {
  readonly #rules: readonly CompiledRule[];
  readonly #readClock: () => bigint;
  readonly #count: (rank: number) => void;
  readonly #names = new Map<string, NamedSites>();

  constructor({ rules, readClock, count }: SamplerOptions) {
    this.#rules = rules.map(compile);
    this.#readClock = readClock;
    this.#count = count;
  }

  /**
   * {@link LEFT_OUT}, or how many of the call site have been left out since the last one that was written.
   *
   * @param traceId bytes of the trace that the record belongs to, if it does
   */
  ask(scope: Scope, rank: number, message: unknown, traceId: Buffer | undefined): number {
    const { rule, sites } = this.#of(scope);
    if (rule === undefined || rank > rule.highestRank) return 0;
    const site = siteOf(sites[rank]!, typeof message === 'string' ? message : '');
    if (!this.#keeps(rule, site, traceId)) {
      site.leftOut++;
      this.#count(rank);
      return LEFT_OUT;
    }
    const { leftOut } = site;
    site.leftOut = 0;
    return leftOut;
  }

  /** Call sites with left-out records that are not reported yet; from here on they count as told. */
  takeUntold(): Untold[] {
    const untold: Untold[] = [];
    for (const { scope, sites } of this.#names.values()) {
      sites.forEach((byMessage, rank) => {
        for (const [message, site] of byMessage) {
          if (site.leftOut > 0) untold.push({ scope, rank, message, leftOut: site.leftOut });
          site.leftOut = 0;
        }
      });
    }
    return untold;
  }

  #keeps(rule: CompiledRule, site: Site, traceId: Buffer | undefined): boolean {
    // A trace is kept whole, on every thread and in every process alike.
    if (traceId !== undefined && rule.traceThreshold !== undefined)
      return traceId.readUIntBE(RANDOM_BYTE, RANDOM_BYTES) / 2 ** (8 * RANDOM_BYTES) >= rule.traceThreshold;
    const now = Number(this.#readClock());
    if (now - site.windowStart >= rule.perNanos) {
      site.windowStart = now;
      site.inWindow = 0;
    }
    const beyond = ++site.inWindow - rule.first;
    return beyond <= 0 || (rule.every > 0 && beyond % rule.every === 0);
  }

  #of({ name, tags }: Scope): NamedSites {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const key = this.#names.size < MAX_NAMES ? name : '';
    const shared = key === name ? undefined : this.#names.get(key);
    if (shared !== undefined) return { ...shared, rule: this.#ruleOf(name) };
    const scope = { name, tags, attributes: {} };
    const made = { scope, rule: this.#ruleOf(name), sites: Array.from({ length: LEVEL_COUNT }, () => new Map<string, Site>()) };
    this.#names.set(key, made);
    return made;
  }

  #ruleOf(name: string): CompiledRule | undefined {
    return this.#rules.find(({ matches }) => matches(name));
  }
}

function siteOf(sites: Map<string, Site>, message: string): Site {
  const key = sites.has(message) || sites.size < MAX_MESSAGES ? message : '';
  let site = sites.get(key);
  if (site === undefined) {
    site = { windowStart: Number.NEGATIVE_INFINITY, inWindow: 0, leftOut: 0 };
    sites.set(key, site);
  }
  return site;
}

function compile({ logger = '*', traces, ...given }: SamplingRule): CompiledRule {
  const { upTo, first, every, perMillis } = { ...DEFAULTS, ...given };
  return {
    matches: namePattern(logger),
    highestRank: rankOfLevel(readLevel(upTo as LevelName)!),
    first,
    every,
    perNanos: perMillis * 1e6,
    traceThreshold: traces === undefined ? undefined : 1 - traces,
  };
}
