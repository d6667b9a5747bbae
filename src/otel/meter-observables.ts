/**
 * Observable instruments: their callbacks run here, on the thread that registered them, on a timer of their own, and leave what they saw in shared memory. The
 * collector reads it there and needs nobody's event loop.
 *
 * One *round* runs every callback once. What a callback observes takes effect when all of the round have answered; a series of which nobody said anything
 * is then no longer exported. A callback that throws, or answers too late, has observed nothing this time and disturbs no other.
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

export class ObservableInstrument implements Observable {
  readonly opened: Opened;
  readonly #rounds: ObservableRounds;
  readonly #isInteger: boolean;
  readonly #unreadable: () => void;

  constructor(rounds: ObservableRounds, opened: Opened, isInteger: boolean, unreadable: () => void) {
    this.#rounds = rounds;
    this.opened = opened;
    this.#isInteger = isInteger;
    this.#unreadable = unreadable;
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
      this.#unreadable();
    }
  }
}

export class ObservableRounds {
  readonly #table: SeriesTable;
  readonly #intervalMillis: number;
  readonly #callbacks: Callback[] = [];
  /** Instruments that have, or had, a callback: their rounds go on, so that what they no longer report goes away. */
  readonly #instruments = new Set<ObservableInstrument>();
  /** Instruments of which a synchronous round has taken something newer than the round under way. */
  readonly #takenSync = new Set<ObservableInstrument>();
  #stopTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;
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

  /** One round; the one under way, if there is one. Never rejects. */
  run(): Promise<void> {
    if (this.#instruments.size === 0) return NOTHING_TO_OBSERVE;
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /**
   * A round that needs no event loop, for a flush and the end of the process: what callbacks observe that answer at once is in shared memory when this
   * returns. Instruments with callbacks that answer a promise keep what their last round has seen.
   */
  runSync(): void {
    const waiting = new Set<ObservableInstrument>();
    const observed = this.#callbacks.flatMap((callback) => {
      const found = observationsNow(callback);
      if (found === undefined) for (const instrument of callback.instruments) waiting.add(instrument);
      return found ?? [];
    });
    const instruments = [...this.#instruments].filter((instrument) => !waiting.has(instrument));
    for (const instrument of instruments) this.#takenSync.add(instrument);
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

  async #round(): Promise<void> {
    this.#takenSync.clear();
    const observed = (await Promise.all(this.#callbacks.map((callback) => observationsOf(callback)))).flat();
    this.#take(
      observed,
      [...this.#instruments].filter((instrument) => !this.#takenSync.has(instrument)),
    );
  }

  /** Ends the round of these instruments with what was observed of them. */
  #take(observed: readonly Observation[], instruments: readonly ObservableInstrument[]): void {
    const rounds = new Map<ObservableInstrument, number>();
    for (const instrument of instruments) {
      if (instrument.opened.instrument !== undefined) rounds.set(instrument, this.#table.nextRound(instrument.opened.instrument));
    }
    for (const { instrument, value, attributes } of observed) {
      const round = rounds.get(instrument);
      if (round !== undefined) instrument.write(value, attributes, round);
    }
    for (const [instrument, round] of rounds) this.#table.endRound(instrument.opened.instrument!, round);
  }
}

/** What a callback that answers at once observed; `undefined` if it answers a promise. */
function observationsNow(callback: Callback): readonly Observation[] | undefined {
  const observed: Observation[] = [];
  let isOpen = true;
  try {
    const answer = callback.run((instrument, value, attributes) => {
      if (isOpen) observed.push({ instrument, value, attributes });
    });
    isOpen = false;
    if (answer === undefined) return observed;
    Promise.resolve(answer).catch(diagnoseFailure);
    return undefined;
  } catch (error) {
    diagnoseFailure(error);
    return [];
  }
}

/** What a callback observed; nothing if it failed or took too long. What it observes later is ignored. */
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
    diagnoseFailure(error);
    return [];
  } finally {
    isOpen = false;
  }
}

function diagnoseFailure(error: unknown): void {
  diagnose('A callback of an observable instrument failed; it has observed nothing this time.', error);
}

function haveSameMembers<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && [...a].every((member) => b.has(member));
}

function ownOf(observables: readonly Observable[]): Set<ObservableInstrument> {
  return new Set(observables.filter((observable) => observable instanceof ObservableInstrument));
}
