/**
 * Durations for people: `latency_us: 1234.56` becomes `latency=1.235ms`. A field is a duration if its name ends in a unit, as those of metrics and fields do:
 * `elapsed_us`, `latencyMs`, `timeoutMillis`.
 */

const SUBSECOND_NAME = /^(.+?)(?:_(?<unit>ns|us|ms)|(?<word>Nanos|Micros|Millis)|(?<=[a-z])(?<short>Ns|Us|Ms))$/;
/** `_s` alone is ambiguous. */
const SECONDS_NAME = /^(.*(?:duration|elapsed|latency|delay|timeout|interval|uptime|age|ttl))(?:_s|_seconds|S|Seconds)$/i;

const NANOS: Readonly<Record<string, number>> = { n: 1, u: 1e3, m: 1e6 };
/** First letters of `Nanos`, `Micros`, `Millis`: the second letter distinguishes milli and micro. */
const NANOS_BY_WORD: Readonly<Record<string, number>> = { Nanos: 1, Micros: 1e3, Millis: 1e6 };
const NANOS_PER_SECOND = 1e9;

/** Ten years. A longer value is a point in time, as `expires_at_ms` may be. */
const LONGEST_NANOS = 10 * 365 * 86_400 * NANOS_PER_SECOND;

export interface DurationName {
  /** The name without its unit. */
  readonly label: string;
  readonly nanosPerUnit: number;
}

/** `orders_per_ms`, `bytesPerMs`: a rate, whose unit is in its denominator. */
const RATE_LABEL = /(?:^|[_.-])per$|(?:^|[a-z\d])Per$|^PER$|_PER$/;

/** Undefined: a field of this name is no duration. */
export function durationName(name: string): DurationName | undefined {
  const duration = timeName(name);
  return duration === undefined || RATE_LABEL.test(duration.label) ? undefined : duration;
}

function timeName(name: string): DurationName | undefined {
  const match = SUBSECOND_NAME.exec(name);
  if (match !== null) {
    const { unit, word, short } = match.groups as Record<string, string | undefined>;
    const nanosPerUnit = word === undefined ? NANOS[(unit ?? (short as string)).charAt(0).toLowerCase()] : NANOS_BY_WORD[word];
    return { label: match[1], nanosPerUnit };
  }
  const seconds = SECONDS_NAME.exec(name);
  return seconds === null ? undefined : { label: seconds[1], nanosPerUnit: NANOS_PER_SECOND };
}

/** `850ns`, `12.35µs`, `1.235ms`, `59.99s`, `2m03s`, `1h02m03s`. Undefined for what is not a duration: NaN, or more than ten years. */
export function durationText(nanos: number): string | undefined {
  const size = Math.abs(nanos);
  if (!(size < LONGEST_NANOS)) return undefined;
  const sign = nanos < 0 ? '-' : '';
  if (size < 1e3) return `${sign}${short(size)}ns`;
  if (size < 1e6) return `${sign}${short(size / 1e3)}µs`;
  if (size < 1e9) return `${sign}${short(size / 1e6)}ms`;
  if (size < 60e9) return `${sign}${short(size / 1e9)}s`;
  const seconds = Math.round(size / 1e9);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  return hours === 0 ? `${sign}${minutes}m${rest}s` : `${sign}${hours}h${String(minutes % 60).padStart(2, '0')}m${rest}s`;
}

/** Four digits, without zeros at the end. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
