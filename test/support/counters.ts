/** Counters that tell what is counted, and tallies of records of one level. */
import {
  BackendCounters,
  type BackendState,
  type CounterName,
  countersBytes,
  type DropReason,
} from '../../src/health/counters.ts';
import { recordsOf, type Tally, tallyOf } from '../../src/health/tally.ts';
import { rankOfLevel } from '../../src/record.ts';

export interface CounterEvents {
  onDelivered(records: number): void;
  onDropped(reason: DropReason, records: number): void;
  onRetry(): void;
  onState(state: BackendState, error?: string): void;
}

export function freshCounters(): BackendCounters {
  return new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0);
}

/** Leaves out what counts no record. */
export class TellingCounters extends BackendCounters {
  readonly #events: CounterEvents;

  constructor(events: CounterEvents) {
    super(new SharedArrayBuffer(countersBytes(1)), 0);
    this.#events = events;
  }

  override add(name: CounterName, amount: number): void {
    super.add(name, amount);
    if (name === 'retries') this.#events.onRetry();
  }

  override deliver(records: Tally): void {
    super.deliver(records);
    if (recordsOf(records) > 0) this.#events.onDelivered(recordsOf(records));
  }

  override drop(reason: DropReason, records: Tally): void {
    super.drop(reason, records);
    if (recordsOf(records) > 0) this.#events.onDropped(reason, recordsOf(records));
  }

  override setState(state: BackendState, error?: string, atUnixMillis?: number): void {
    super.setState(state, error, atUnixMillis);
    this.#events.onState(state, error);
  }
}

export function infos(records: number): Tally {
  return tallyOf('logs', rankOfLevel('info'), records);
}
