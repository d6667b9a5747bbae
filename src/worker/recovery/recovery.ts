/**
 * Recovers the runs of dead processes, in the background: what is left in their memory goes through this worker's drain and backends like any record, with its
 * own time, number and run.
 *
 * ```
 *   claim → outboxes into ours → rings as sources of the drain → last values of metrics → flush → report → the folder is deleted
 * ```
 *
 * Each step moves a position in the dead run's memory behind what it has handed on, so a recovery that is killed is repeated from there. Records that were
 * handed on lie in the outboxes of this run, which outlive this process as well.
 */

import type { NumberRange } from '../../audit/run-numbers.ts';
import { resourceOfRun } from '../../audit/run-tree/settings.ts';
import { BlackBoxRing } from '../../codec/black-box.ts';
import { OWN_SCOPE } from '../../codec/decode.ts';
import { errorText } from '../../common/error-text.ts';
import { thisProcess } from '../../common/process/process-identity.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import type { Destination } from '../../delivery/destination.ts';
import type { WallClock } from '../../encoders/encoder.ts';
import { BackendCounters, LOSS_REASONS } from '../../health/counters.ts';
import { recordsOf, type Tally } from '../../health/tally.ts';
import { type Block, openBlock } from '../../memory/block.ts';
import { isMissing, libc } from '../../memory/mapped/libc.ts';
import { setAside } from '../../memory/mapped/run-folder.ts';
import type { ProducerMemory } from '../../memory/producer-memory.ts';
import { LaneSource } from '../../read/lane-source.ts';
import type { Lane } from '../../record.ts';
import { claimRun, isDamaged, runFolders } from '../../recovery/claim.ts';
import type { DeadRun } from '../../recovery/dead-run.ts';
import type { RecoveryReport, RecoveryScope } from '../../recovery/report.ts';
import { voidEvents } from '../../recovery/void-numbers.ts';
import type { Routes } from '../../router/rules.ts';
import { readClock } from '../../time/clock.ts';
import { Deadline } from '../../time/deadline.ts';
import { pause, SYSTEM_TIMERS } from '../../time/timers.ts';
import { writerOf } from './dead-lane.ts';
import { type MovedBatches, moveBatches } from './dead-outboxes.ts';
import { surveyOf } from './survey.ts';

/** How often the progress is looked at. */
const LOOK_MILLIS = 10;

/**
 * Recovered records wait so long for room in a queue that does not move; then they are delivered all the same, and those that find no room are counted as
 * dropped.
 */
const PATIENCE_MILLIS = 60_000;

/** How long what was encoded has to itself before what is in rings follows. */
const BATCHES_FIRST_MILLIS = 2_000;

/** Backends get so long to take what was recovered before the dead run's memory is given up. */
const FLUSH_MILLIS = 30_000;

export interface RecoveryParts {
  readonly scope: RecoveryScope;
  readonly config: Pick<ResolvedConfig, 'attributeCountLimit'>;
  readonly routes: Routes;
  readonly clock: WallClock;
  /** Called with records that go to no backend. */
  readonly onUnrouted: (records: Tally) => void;
  /** Where sources of records are added to, and are gone from when they are drained. */
  readonly sources: Set<LaneSource>;
  /** By name of the backend. */
  readonly destinationOf: (backend: string) => Destination | undefined;
  /** By name of the backend. */
  readonly countersOf: (backend: string) => BackendCounters | undefined;
  /** Numbers in the range that no line of the run's audit files has; undefined: there are no such files. Everything must be on disk. */
  readonly missingNumbers: (run: DeadRun, range: NumberRange) => Promise<readonly number[] | undefined>;
  readonly flush: (timeoutMillis: number) => Promise<boolean>;
  /** Exports the last values of a dead run's metrics. False: nobody takes them, or they did not arrive. */
  readonly exportSeries: (run: Pick<DeadRun, 'series' | 'identity' | 'exported' | 'onExported'>) => Promise<boolean>;
  /** Takes the run's audit lines, which are on disk by then, into its tree, and ends it. */
  readonly endTree: (run: Block) => void;
  readonly report: (report: RecoveryReport) => void;
}

export class Recovery {
  readonly #parts: RecoveryParts;
  /** Results for the runs that were found. */
  readonly reports: RecoveryReport[] = [];
  readonly #mine = new Set<LaneSource>();
  /** Runs that the main thread has reported: their reports are records now. */
  readonly #noted = new Map<string, () => void>();
  #current: DeadRun | undefined;
  /** Records of the current run that went to no backend. */
  #unrouted = 0;
  #isStopped = false;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /** Settles when every run that is dead now is recovered, or somebody else's to recover. Does not reject. */
  async run(): Promise<void> {
    const calls = libc();
    if (isMissing(calls)) return;
    const { directory, service } = this.#parts.scope;
    for (const folder of runFolders(directory)) {
      if (this.#isStopped) return;
      const found = claimRun(calls, folder, service);
      if (found === undefined) continue;
      if (isDamaged(found)) this.#report({ ...found, kind: 'damaged' });
      else await this.#recoverOrSetAside(found);
    }
  }

  /** The report of a run has become a record: its memory is not needed any more. */
  note(folder: string): void {
    this.#noted.get(folder)?.();
  }

  /** Runs that are not recovered yet are left to the next start. */
  stop(): void {
    this.#isStopped = true;
    for (const source of this.#mine) this.#parts.sources.delete(source);
    this.#current?.close();
    this.#current = undefined;
  }

  #report(report: RecoveryReport): void {
    this.reports.push(report);
    this.#parts.report(report);
  }

  /** A run that was checked when it was opened may still turn out to be damaged. */
  async #recoverOrSetAside(run: DeadRun): Promise<void> {
    try {
      await this.#recover(run);
    } catch (error) {
      for (const source of this.#mine) this.#parts.sources.delete(source);
      this.#mine.clear();
      this.#current = undefined;
      this.#report({ kind: 'damaged', folder: setAside(run.folder), reason: errorText(error) });
      run.close();
    }
  }

  async #recover(run: DeadRun): Promise<void> {
    this.#current = run;
    if (this.#isKept(run)) return;
    this.#unrouted = 0;
    const moving = this.#moveBatches(run);
    // Encoded records are older than those in the rings. A destination that is away does not hold up the others.
    await Deadline.in(BATCHES_FIRST_MILLIS).race(moving);
    this.#takeOverLosses(run);
    const blackBox = await this.#drain(run);
    if (this.#isStopped) return;
    const batches = await moving;
    const metrics = run.series.size > 0 && (await this.#parts.exportSeries(run));
    const isFlushed = await this.#parts.flush(FLUSH_MILLIS);
    const voided = await this.#voidCutOff(run, isFlushed);
    if (run.block !== undefined) this.#parts.endTree(run.block);
    if (this.#isStopped) return;
    const isNoted = new Promise<void>((resolve) => this.#noted.set(run.folder, resolve));
    const { identity, table, folder, instanceId } = run;
    this.#report({
      kind: 'recovered',
      folder,
      instanceId,
      pid: identity.process.pid,
      startedMillis: identity.madeMillis,
      logs: table.recovered('logs'),
      audit: table.recovered('audit'),
      blackBox,
      unrouted: this.#unrouted,
      voided,
      metrics,
      ...batches,
    });
    await isNoted;
    if (this.#isStopped) return;
    this.#current = undefined;
    if (batches.waiting === 0) run.remove();
    else run.close();
  }

  /** Leaves a run as it is that would lose records. */
  #isKept(run: DeadRun): boolean {
    const { scope, routes, destinationOf } = this.#parts;
    if (scope.keepsUndeliverable !== true) return false;
    const survey = surveyOf(run, { routes, destinationOf });
    if (survey.unrouted + survey.withoutBackend === 0) return false;
    const { folder, instanceId } = run;
    this.#current = undefined;
    run.close();
    this.#report({ kind: 'kept', folder, instanceId, ...survey });
    return true;
  }

  async #moveBatches({ outboxes }: DeadRun): Promise<MovedBatches> {
    const { destinationOf } = this.#parts;
    const moved = await Promise.all(outboxes.map((outbox) => moveBatches(outbox, destinationOf, () => this.#isStopped)));
    const sum = (of: (each: MovedBatches) => number) => moved.reduce((total, each) => total + of(each), 0);
    return {
      encoded: sum(({ encoded }) => encoded),
      undeliverable: sum(({ undeliverable }) => undeliverable),
      waiting: sum(({ waiting }) => waiting),
      withoutBackend: sum(({ withoutBackend }) => withoutBackend),
    };
  }

  /** Marks that the dead run owed its destinations are this run's to set. */
  #takeOverLosses({ counters }: DeadRun): void {
    counters?.backends.forEach((backend, index) => {
      const own = this.#parts.countersOf(backend);
      if (own === undefined) return;
      const dead = new BackendCounters(counters.memory, index);
      for (const reason of LOSS_REASONS) {
        const owed = dead.unmarked(reason);
        own.unmark(reason, owed);
        dead.mark(reason, owed);
      }
    });
  }

  /** Events in place of audit numbers whose calls were cut off. Returns how many. */
  async #voidCutOff(run: DeadRun, isFlushed: boolean): Promise<number> {
    const cutOff = run.lanes.flatMap(({ lane, remains }) =>
      lane === 'audit' && remains.cutOff !== undefined ? [remains.cutOff] : [],
    );
    if (cutOff.length === 0 || this.#isStopped) return 0;
    const range = { after: Math.min(...cutOff.map(({ after }) => after)), upTo: run.lastAuditNumber };
    const missing = isFlushed ? await this.#parts.missingNumbers(run, range) : undefined;
    const numbers =
      missing ?? cutOff.flatMap(({ number = 0 }) => (number > 0 && number <= range.upTo ? [number] : [])).sort((a, b) => a - b);
    // More than calls were cut off: the lines of the others stand where they are not looked for.
    if (numbers.length === 0 || numbers.length > cutOff.length) return 0;
    const { clock, now } = this.#clockOf(run);
    const events = voidEvents(`void of ${run.folder}`, numbers, { readClock: now, scope: OWN_SCOPE });
    const source = this.#open(events, 'audit', run, clock);
    while (this.#parts.sources.has(source) && !this.#isStopped) await pause(SYSTEM_TIMERS, LOOK_MILLIS);
    this.#mine.delete(source);
    await this.#parts.flush(FLUSH_MILLIS);
    return numbers.length;
  }

  #clockOf(run: DeadRun): { readonly clock: WallClock; readonly now: () => bigint } {
    const clock = { offsetNanos: this.#offsetOf(run) };
    return { clock, now: () => readClock() + this.#parts.clock.offsetNanos - clock.offsetNanos };
  }

  /** Everything in the rings, and behind it what black boxes have kept. Returns how many records those had. */
  async #drain(run: DeadRun): Promise<number> {
    const { clock, now } = this.#clockOf(run);
    const lanes = run.lanes.map(({ producer, lane }) => ({
      lane,
      source: this.#open(producer, lane, run, clock),
      writer: writerOf(producer, lane, now),
      box: producer[lane].blackBox && new BlackBoxRing(openBlock(producer[lane].blackBox).memory),
    }));
    let kept = 0;
    const released = new Map(lanes.map(({ source }) => [source, source.released]));
    for (let patience = Deadline.in(PATIENCE_MILLIS); this.#mine.size > 0 && !this.#isStopped; ) {
      await pause(SYSTEM_TIMERS, LOOK_MILLIS);
      if (this.#isStopped) break;
      let moved = false;
      for (const { source, lane, writer, box } of lanes) {
        const before = released.get(source)!;
        const records = (source.released - before) | 0;
        released.set(source, source.released);
        run.table.addRecovered(lane, records);
        if (records > 0) moved = true;
        if (!source.empty) continue;
        // What the box holds refers to definitions in one half of the dictionary. A thread that was killed on its way to the other half had not emptied its box:
        // in the log ring those records would be read with the definitions of the other half, so they stay where they are.
        if (box?.half === source.definitions.half) kept += box.moveTo(writer, (units) => writer.claimAside(units), false);
        // Sets the mark of losses that its thread had counted and not marked yet; behind the last record there is room for it.
        if (source.empty) writer.close();
      }
      if (moved) patience = Deadline.in(PATIENCE_MILLIS);
      else if (patience.isOver) for (const source of this.#mine) source.isPatient = false;
      for (const source of this.#mine) if (!this.#parts.sources.has(source)) this.#mine.delete(source);
    }
    return kept;
  }

  #open(producer: ProducerMemory, lane: Lane, { identity, runName }: DeadRun, clock: WallClock): LaneSource {
    const { routes, config, sources, onUnrouted } = this.#parts;
    const source = new LaneSource(producer, lane, routes, clock, config.attributeCountLimit, {
      resource: resourceOfRun(identity.resource, runName),
      run: runName,
      isPatient: true,
      onUnrouted: (records) => {
        this.#unrouted += recordsOf(records);
        onUnrouted(records);
      },
    });
    this.#mine.add(source);
    sources.add(source);
    return source;
  }

  /** A run that was killed before its worker had looked at the clock has none. The monotonic clock is one for all processes until the machine starts anew. */
  #offsetOf({ offsetNanos, identity }: DeadRun): bigint {
    if (offsetNanos !== 0n) return offsetNanos;
    const isSameBoot = identity.process.bootId === thisProcess().bootId;
    return isSameBoot ? this.#parts.clock.offsetNanos : BigInt(Math.round(identity.madeMillis)) * 1_000_000n;
  }
}
