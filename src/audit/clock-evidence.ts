/**
 * Lines of the audit file about the accuracy of the clock: at the start, each minute, and when the clock was set by more than a millisecond. So the uncertainty
 * of each event's time is in the same file, under the same proof.
 *
 * They are not events of the application, and have no number.
 */
import { type ClockStatus, readClockStatus } from '../clock/clock-status.ts';
import { jsonText } from '../encoders/json/text.ts';
import { monotonicMillis, readClock, unixMillis } from '../time/clock.ts';
import { CLOCK_EVENT } from './own-events.ts';

const EVERY_MILLIS = 60_000;
const STEP_MILLIS = 1;
/** Unix time is read in whole milliseconds: a step shows when it is larger than that. */
const READING_MILLIS = 1;

export interface ClockEvidenceOptions {
  readonly run: string;
  /** Takes a line, newline included. */
  readonly write: (line: Buffer) => void;
  /** Called with each reading, for health and metrics. */
  readonly onStatus?: (status: ClockStatus, unixMillis: number) => void;
  readonly unixMillis?: () => number;
  readonly monotonicMillis?: () => number;
  readonly read?: () => Promise<ClockStatus>;
}

export class ClockEvidence {
  readonly #options: ClockEvidenceOptions;
  readonly #unix: () => number;
  readonly #monotonic: () => number;
  #offset: number;
  #nextAt = 0;

  constructor(options: ClockEvidenceOptions) {
    this.#options = options;
    this.#unix = options.unixMillis ?? unixMillis;
    this.#monotonic = options.monotonicMillis ?? monotonicMillis;
    this.#offset = this.#unix() - this.#monotonic();
  }

  /** To be called each second. Never rejects. */
  async look(): Promise<void> {
    const now = this.#monotonic();
    const step = this.#unix() - now - this.#offset;
    const isStep = Math.abs(step) > STEP_MILLIS + READING_MILLIS;
    if (!isStep && now < this.#nextAt) return;
    const why = isStep ? 'step' : this.#nextAt === 0 ? 'start' : 'minute';
    // A clock that is slewed drifts slowly: only a sudden change is a step.
    this.#offset += step;
    this.#nextAt = now + EVERY_MILLIS;
    const status = await (this.#options.read ?? readClockStatus)();
    this.#options.onStatus?.(status, this.#unix());
    this.#options.write(Buffer.from(clockLine(this.#unix(), this.#options.run, why, status, isStep ? step : undefined)));
  }
}

function clockLine(unix: number, run: string, why: string, status: ClockStatus, stepMillis: number | undefined): string {
  const { source, offsetMicros, maxErrorMicros, isSynchronised } = status;
  const number = (name: string, value: number | undefined) =>
    value === undefined ? '' : `,"${name}":${Math.round(value * 1_000) / 1_000}`;
  const time = new Date(unix).toISOString().slice(0, -1);
  return (
    `{"time":"${time}000000Z","event":"${CLOCK_EVENT}","run":${jsonText(run)},"why":"${why}","source":"${source}"` +
    number('offset_us', offsetMicros) +
    number('max_error_us', maxErrorMicros) +
    (isSynchronised === undefined ? '' : `,"synchronised":${isSynchronised}`) +
    number('step_us', stepMillis === undefined ? undefined : stepMillis * 1_000) +
    // The monotonic clock goes on over every step.
    `,"monotonic_ns":"${readClock()}"}\n`
  );
}
