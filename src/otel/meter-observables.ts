/**
 * Observable instruments. Their callbacks run on the thread that registered them, on a timer, and their observations go into shared memory. The collector reads
 * them there, without the thread's event loop.
 *
 * One *round* runs every callback once. Instruments that share a callback form a group: a group's observations take effect when all its callbacks have
 * returned, and a series of the group that was not observed is then no longer exported. A callback that throws, or takes too long, has observed nothing this
 * time. It delays its own group only, and is reported once.
 */
import type {
  BatchObservableCallback,
  BatchObservableResult,
  MetricAttributes,
  Observable,
  ObservableCallback,
  ObservableResult,
} from '@opentelemetry/api';
import type { Opened } from '../meter/registry.ts';
import type { SeriesTable } from '../series/table.ts';
import { Deadline, TIMED_OUT } from '../time/deadline.ts';
import { repeat } from '../time/real-timers.ts';
import { diagnose } from './diagnose.ts';

/** Time that a callback may take before its round ends without it. */
const CALLBACK_TIMEOUT_MILLIS = 5_000;

const NOTHING_TO_OBSERVE = Promise.resolve();

interface Observation {
  readonly instrument: ObservableInstrument;
  readonly value: number;
  readonly attributes: MetricAttributes | undefined;
}

interface Callback {
  readonly instruments: ReadonlySet<ObservableInstrument>;
  readonly source: unknown;
  run(observe: (instrument: ObservableInstrument, value: number, attributes?: MetricAttributes) => void): void | Promise<void>;
}

/** Receives an instrument's problems. */
export interface ObservableReports {
  /** Reading the attributes of an observation threw. */
  unreadable(): void;
  /** A callback threw, rejected, or did not answer in time. */
  failed(error: unknown): void;
}

export class ObservableInstrument implements Observable {
  readonly opened: Opened;
  readonly #rounds: ObservableRounds;
  readonly #isInteger: boolean;
  readonly #reports: ObservableReports;

  constructor(rounds: ObservableRounds, opened: Opened, isInteger: boolean, reports: ObservableReports) {
    this.#rounds = rounds;
    this.opened = opened;
    this.#isInteger = isInteger;
    this.#reports = reports;
  }

  addCallback(callback: ObservableCallback): void {
    this.#rounds.add(callback, this);
  }

  removeCallback(callback: ObservableCallback): void {
    this.#rounds.remove(callback, this);
  }

  /** Writes one observation of a round. */
  write(value: number, attributes: MetricAttributes | undefined, round: number): void {
    try {
      this.opened.observe?.(this.#isInteger && typeof value === 'number' ? Math.trunc(value) : value, attributes, round);
    } catch {
      this.#reports.unreadable();
    }
  }

  /** Counts an observation that has no series to go to, because the name belongs to another instrument. */
  refuse(value: number): void {
    this.opened.recorder.record(value);
  }

  /** Reports that a callback of this instrument failed. */
  failed(error: unknown): void {
    this.#reports.failed(error);
  }
}

interface Group {
  readonly callbacks: Callback[];
  readonly instruments: Set<ObservableInstrument>;
}

export class ObservableRounds {
  readonly #table: SeriesTable;
  readonly #intervalMillis: number;
  readonly #callbacks: Callback[] = [];
  /** Instruments that have, or had, a callback: their rounds go on, so that series that are no longer reported end. */
  readonly #instruments = new Set<ObservableInstrument>();
  /** By instrument: the number of the last synchronous round that took it. */
  readonly #takenSync = new Map<ObservableInstrument, number>();
  #syncRounds = 0;
  #stopTimer: (() => void) | undefined;
  /** Callbacks that have not answered yet, with the end of their group's round. */
  readonly #running = new Map<Callback, Promise<void>>();
  #isStopped = false;

  constructor(table: SeriesTable, intervalMillis: number) {
    this.#table = table;
    this.#intervalMillis = intervalMillis;
  }

  add(callback: ObservableCallback, instrument: ObservableInstrument): void {
    this.#add({
      source: callback,
      instruments: new Set([instrument]),
      run: (observe) => callback({ observe: (value, attributes) => observe(instrument, value, attributes) } as ObservableResult),
    });
  }

  remove(callback: ObservableCallback, instrument: ObservableInstrument): void {
    this.#remove(callback, new Set([instrument]));
  }

  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = ownOf(observables);
    if (instruments.size === 0) {
      diagnose('A batch callback was registered for no observable instrument of this provider; it will not be called.');
      return;
    }
    const run: Callback['run'] = (observe) => {
      const result = {
        observe: (metric: Observable, value: number, attributes?: MetricAttributes) => {
          if (metric instanceof ObservableInstrument && instruments.has(metric)) observe(metric, value, attributes);
        },
      };
      return callback(result as BatchObservableResult);
    };
    this.#add({ source: callback, instruments, run });
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    this.#remove(callback, ownOf(observables));
  }

  /** A round of every group that is not in one; settles when all of them are over. Never rejects. */
  async run(): Promise<void> {
    if (this.#instruments.size === 0) return NOTHING_TO_OBSERVE;
    for (const group of this.#groups()) {
      if (!group.callbacks.some((callback) => this.#running.has(callback))) this.#start(group);
    }
    await Promise.all(new Set(this.#running.values()));
  }

  /**
   * A round without the event loop, for a flush and the end of the process: observations of synchronous callbacks are in shared memory when this returns.
   * Instruments with callbacks that return a promise keep the values of their last round.
   */
  runSync(): void {
    const waiting = new Set<ObservableInstrument>();
    const observed = this.#callbacks.flatMap((callback) => {
      const found = observationsNow(callback);
      if (found === undefined) for (const instrument of callback.instruments) waiting.add(instrument);
      return found ?? [];
    });
    const instruments = [...this.#instruments].filter((instrument) => !waiting.has(instrument));
    this.#syncRounds++;
    for (const instrument of instruments) this.#takenSync.set(instrument, this.#syncRounds);
    this.#take(observed, instruments);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #add(callback: Callback): void {
    if (this.#isStopped || this.#find(callback.source, callback.instruments) >= 0) return;
    this.#callbacks.push(callback);
    for (const instrument of callback.instruments) this.#instruments.add(instrument);
    this.#stopTimer ??= repeat(() => void this.run(), this.#intervalMillis);
  }

  #remove(source: unknown, instruments: ReadonlySet<ObservableInstrument>): void {
    const at = this.#find(source, instruments);
    if (at >= 0) this.#callbacks.splice(at, 1);
  }

  #find(source: unknown, instruments: ReadonlySet<ObservableInstrument>): number {
    return this.#callbacks.findIndex((known) => known.source === source && haveSameMembers(known.instruments, instruments));
  }

  /** Instruments that share a callback, directly or by way of others; an instrument whose callbacks were removed is a group of its own. */
  #groups(): Set<Group> {
    const groupOf = new Map<ObservableInstrument, Group>();
    for (const instrument of this.#instruments) groupOf.set(instrument, { callbacks: [], instruments: new Set([instrument]) });
    for (const callback of this.#callbacks) {
      const [first, ...others] = new Set([...callback.instruments].map((instrument) => groupOf.get(instrument)!));
      for (const { callbacks, instruments } of others) {
        first!.callbacks.push(...callbacks);
        for (const instrument of instruments) {
          first!.instruments.add(instrument);
          groupOf.set(instrument, first!);
        }
      }
      first!.callbacks.push(callback);
    }
    return new Set(groupOf.values());
  }

  #start({ callbacks, instruments }: Group): void {
    const syncRounds = this.#syncRounds;
    const round = Promise.all(callbacks.map(observationsOf)).then((observed) => {
      for (const callback of callbacks) this.#running.delete(callback);
      // A synchronous round meanwhile has taken something newer.
      const own = [...instruments].filter((instrument) => (this.#takenSync.get(instrument) ?? 0) <= syncRounds);
      this.#take(observed.flat(), own);
    });
    for (const callback of callbacks) this.#running.set(callback, round);
  }

  /** Ends the round of these instruments with their observations. */
  #take(observed: readonly Observation[], instruments: readonly ObservableInstrument[]): void {
    const rounds = new Map<ObservableInstrument, number>();
    for (const instrument of instruments) {
      if (instrument.opened.instrument !== undefined) rounds.set(instrument, this.#table.nextRound(instrument.opened.instrument));
    }
    for (const { instrument, value, attributes } of observed) {
      const round = rounds.get(instrument);
      if (round !== undefined) instrument.write(value, attributes, round);
      else if (instrument.opened.instrument === undefined) instrument.refuse(value);
    }
    for (const [instrument, round] of rounds) this.#table.endRound(instrument.opened.instrument!, round);
  }
}

/** Observations of a synchronous callback; `undefined` if it returns a promise. */
function observationsNow(callback: Callback): readonly Observation[] | undefined {
  const observed: Observation[] = [];
  let isOpen = true;
  try {
    const answer = callback.run((instrument, value, attributes) => {
      if (isOpen) observed.push({ instrument, value, attributes });
    });
    isOpen = false;
    if (answer === undefined) return observed;
    Promise.resolve(answer).catch((error) => report(callback, error));
    return undefined;
  } catch (error) {
    report(callback, error);
    return [];
  }
}

/** Observations of a callback; none if it failed or took too long. Later observations of that call are ignored. */
async function observationsOf(callback: Callback): Promise<readonly Observation[]> {
  const observed: Observation[] = [];
  let isOpen = true;
  try {
    const answer = callback.run((instrument, value, attributes) => {
      if (isOpen) observed.push({ instrument, value, attributes });
    });
    if (answer !== undefined && (await Deadline.in(CALLBACK_TIMEOUT_MILLIS).race(answer, 'unref')) === TIMED_OUT)
      throw new Error(`no answer within ${CALLBACK_TIMEOUT_MILLIS} ms`);
    return observed;
  } catch (error) {
    report(callback, error);
    return [];
  } finally {
    isOpen = false;
  }
}

function report({ instruments }: Callback, error: unknown): void {
  diagnose('A callback of an observable instrument failed; it has observed nothing this time.', error);
  for (const instrument of instruments) instrument.failed(error);
}

function haveSameMembers<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && [...a].every((member) => b.has(member));
}

function ownOf(observables: readonly Observable[]): Set<ObservableInstrument> {
  return new Set(observables.filter((observable) => observable instanceof ObservableInstrument));
}
