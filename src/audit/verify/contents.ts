/**
 * Contents of a trail: period, events, accuracy of the clock.
 */
import { CLOCK_EVENT } from '../own-events.ts';
import { NEWLINE } from '../run-tree/lines.ts';

const TIME = Buffer.from('{"time":"');
const EVENT = Buffer.from(',"event":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Names of events that are counted one by one; a program that makes names up has the rest counted together. */
const MOST_NAMES = 1_000;
const OTHER_NAMES = 'others';

export interface ClockEvidence {
  readonly records: number;
  /** The source of the clock's time, by the last record. */
  readonly source: string;
  /** Largest distance from UTC in a record, its uncertainty included, in microseconds; undefined: no record has one. */
  readonly worstMicros: number | undefined;
  /** Records of a clock that was set, or whose distance is not known. */
  readonly steps: number;
  readonly unknown: number;
}

export interface RunContents {
  readonly from: string;
  readonly to: string;
  readonly events: Readonly<Record<string, number>>;
  readonly clock: ClockEvidence;
}

export class ContentsCollector {
  #from = '';
  #to = '';
  readonly #events = new Map<string, number>();
  #records = 0;
  #source = 'none';
  #worst: number | undefined;
  #steps = 0;
  #unknown = 0;

  add(line: Buffer): void {
    const time = textBehind(line, TIME);
    if (time !== undefined) {
      // Lines are not in the order of their times.
      if (this.#from === '' || time < this.#from) this.#from = time;
      if (time > this.#to) this.#to = time;
    }
    const event = textBehind(line, EVENT);
    if (event === undefined) return;
    const name = this.#events.has(event) || this.#events.size < MOST_NAMES ? event : OTHER_NAMES;
    this.#events.set(name, (this.#events.get(name) ?? 0) + 1);
    if (event === CLOCK_EVENT) this.#clock(line);
  }

  get contents(): RunContents {
    return {
      from: this.#from,
      to: this.#to,
      events: Object.fromEntries([...this.#events].sort(([, left], [, right]) => right - left)),
      clock: {
        records: this.#records,
        source: this.#source,
        worstMicros: this.#worst,
        steps: this.#steps,
        unknown: this.#unknown,
      },
    };
  }

  #clock(line: Buffer): void {
    let record: Record<string, unknown>;
    try {
      record = JSON.parse(line.toString()) as Record<string, unknown>;
    } catch {
      return;
    }
    const { source, offset_us: offset, max_error_us: error, why } = record;
    this.#records++;
    if (typeof source === 'string') this.#source = source;
    if (why === 'step') this.#steps++;
    if (typeof error !== 'number') {
      this.#unknown++;
      return;
    }
    const distance = error + (typeof offset === 'number' ? Math.abs(offset) : 0);
    this.#worst = Math.max(this.#worst ?? 0, distance);
  }
}

/** The JSON text that follows the first `key`, without its quotes. */
function textBehind(line: Buffer, key: Buffer): string | undefined {
  const at = line.indexOf(key);
  if (at < 0) return undefined;
  const start = at + key.length;
  for (let end = start; end < line.length && line[end] !== NEWLINE; end++) {
    if (line[end] === BACKSLASH) end++;
    else if (line[end] === QUOTE) return line.toString('utf8', start, end);
  }
  return undefined;
}
