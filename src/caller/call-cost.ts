/**
 * Measures a sample of the logging calls. A sample is asked for by raising the generation (memory/signals.ts). A call that finds it raised, and whose turn it
 * is, reads the clock there and at its end. It is timed in its own frame: a call made from here would run another compilation of the method than the one that
 * callers have in their loops, and take ten times as long. Calls that are not timed do nothing for it.
 *
 * A thread asks when it has filled a batch: calls are chosen by their number. Chosen by time, it would be the first one after a pause most of the time, which
 * finds nothing in the processor's caches. Of threads that fill no batches the worker asks once a second (worker/drain.ts): theirs are such calls.
 */
import { OWN_HISTOGRAMS } from '../health/instruments.ts';
import { GENERATION_SAMPLE, SIGNAL_GENERATION, SIGNAL_HEARTBEAT } from '../memory/signals.ts';
import type { SeriesMeter } from '../meter/meter.ts';
import { tagText } from '../meter/names.ts';
import type { BoundRecorder } from '../meter/recorders.ts';
import type { Lane } from '../record.ts';
import { FACADE_SCOPE } from '../series/instrument.ts';
import { readClock } from '../time/clock.ts';

/** Turns of the worker between two samples: some hundred a second at the highest rates, a handful at a few thousand records a second. */
const TURNS = 32;

/** Calls that are let pass first: the call that filled the batch has just woken the worker, and is not typical. */
const CALLS_BEFORE = 16;

/** The first brings the code into the caches, the last is what is measured. */
const REHEARSALS = 3;

export class CallCost {
  readonly #meter: SeriesMeter;
  readonly #signals: Int32Array;
  #askedAtTurn = 0;
  /** Calls until the one that is timed. */
  #before = 0;
  #isDue = false;
  #start = 0n;
  #isRehearsal = false;
  #ownNanos = 0;
  /** By lane, made by the first sample. */
  readonly #recorders: Partial<Record<Lane, BoundRecorder>> = {};

  constructor(meter: SeriesMeter, signals: Int32Array) {
    this.#meter = meter;
    this.#signals = signals;
  }

  /** Asks for a sample, unless there was one lately. Called once a batch, and by every call that finds its ring full. */
  ask(): void {
    // A clock would cost more than the rest of it: the worker's turns are as good.
    const turn = this.#signals[SIGNAL_HEARTBEAT];
    if (((turn - this.#askedAtTurn) | 0) < TURNS) return;
    this.#askedAtTurn = turn;
    this.#before = CALLS_BEFORE;
    Atomics.add(this.#signals, SIGNAL_GENERATION, GENERATION_SAMPLE);
  }

  /** Whether the call that comes now is the one to be timed. */
  isDue(): boolean {
    if (this.#before > 0) this.#before--;
    this.#isDue = this.#before === 0;
    return this.#isDue;
  }

  /** Starts the clock if this call is due. */
  begin(lane: Lane): boolean {
    if (!this.#isDue) return false;
    this.#isDue = false;
    // Code that runs a hundred times a second is in no cache: it is brought there first, and then measured with nothing in between.
    this.#isRehearsal = true;
    for (let i = 0; i < REHEARSALS; i++) {
      this.#start = readClock();
      this.end(lane);
    }
    this.#isRehearsal = false;
    this.#start = readClock();
    return true;
  }

  /** Records the time since {@link begin}, less what it takes when there is nothing in between. */
  end(lane: Lane): void {
    const nanos = Number(readClock() - this.#start);
    if (this.#isRehearsal) this.#ownNanos = nanos;
    else this.#record(lane, Math.max(0, nanos - this.#ownNanos));
  }

  #record(lane: Lane, nanos: number): void {
    this.#recorders[lane] ??= this.#open(lane);
    this.#recorders[lane].record(nanos);
  }

  #open(lane: Lane): BoundRecorder {
    const request = { ...OWN_HISTOGRAMS.callDuration, scope: FACADE_SCOPE, kind: 'histogram', valueOf: tagText } as const;
    return this.#meter.registry.open(request).recorder.bind({ lane });
  }
}
