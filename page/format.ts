/**
 * Values as people read them.
 */
const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `1,234`, and `1.23M` where digits would only be noise. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 1e6 ? COMPACT.format(value) : COUNT.format(value);
}

export function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(perSecond);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let amount = value;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount < 10 && unit > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`;
}

export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** Nanoseconds in a unit of UCUM. */
const NANOS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const STEPS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
] as const;

/** A measurement in its unit; durations in the unit that reads best. */
export function measured(value: number | undefined | null, unit: string): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return '–';
  const nanosPerUnit = Object.hasOwn(NANOS, unit) ? NANOS[unit] : undefined;
  if (nanosPerUnit === undefined) return `${significant(value)}${unit === '' || unit.startsWith('{') ? '' : ` ${unit}`}`;
  const nanos = value * nanosPerUnit;
  const [size, name] = STEPS.find(([step]) => Math.abs(nanos) >= step) ?? STEPS[3];
  return `${significant(nanos / size)} ${name}`;
}

function significant(value: number): string {
  if (Math.abs(value) >= 1e4) return count(value);
  return String(Number(value.toPrecision(3)));
}

/** Of the day, with thousandths, in this browser's zone. */
export function timeOfDay(time: unknown): string {
  const date = new Date(typeof time === 'string' ? time : Number.NaN);
  if (Number.isNaN(date.getTime())) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Of the day, in this browser's zone. */
export function clock(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toLocaleTimeString('en-GB');
}

/** The name of a series, with its tags. */
export function seriesName(name: string, tags: Readonly<Record<string, unknown>>): string {
  const values = Object.entries(tags).map(([key, value]) => `${key}=${String(value)}`);
  return values.length === 0 ? name : `${name} ${values.join(' ')}`;
}
