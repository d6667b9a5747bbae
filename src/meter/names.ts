/**
 * Names that every path can carry.
 *
 * A metric has one name: the one the user wrote. Prometheus, the push gateway, the collector's remote write and Prometheus 3's own OTLP receiver each
 * rewrite what they cannot hold, not always alike, so anything outside their common ground is rewritten here, once, before it enters the table. Letters,
 * digits and underscores are left as they are everywhere; `.`, `-` and `/` are OpenTelemetry's and become `_` where Prometheus is meant
 * (`../backends/prometheus/names.ts`). No suffix is ever added or taken away.
 */
import { createHash } from 'node:crypto';
import { textOf } from '../codec/encode/arguments.ts';
import { maskedBeginning } from '../common/mask-secrets.ts';

/** Longest metric name (OpenTelemetry API specification, "Instrument name syntax"). */
const MAX_NAME_LENGTH = 255;
/** Longest tag key. A key is part of the identity of every series that has it. */
const MAX_KEY_LENGTH = 255;
/** Longest tag value, in UTF-16 units. The specification sets no limit; a series must have one. */
export const MAX_VALUE_LENGTH = 1024;
/** Tags that a series may have; Prometheus' own default limit for scraped labels is none, its documentation speaks of ten. */
export const MAX_TAGS = 64;

const LEGAL_NAME = /^(?:[A-Za-z]|_+[A-Za-z0-9])[A-Za-z0-9_.\-/]*$/;
const LEGAL_KEY = /^[A-Za-z][A-Za-z0-9]*(?:[._\-/][A-Za-z0-9]+)*$/;

/** Label names with a meaning of their own: a tag of this name would break a histogram, be replaced by the scraper, or stand twice in a line. */
const RESERVED_LABELS = new Set([
  'le',
  'quantile',
  'job',
  'instance',
  'cluster_worker',
  'otel_scope_name',
  'otel_scope_version',
  'otel_scope_schema_url',
]);

/** The name under which a metric is kept, or `undefined` when nothing in it can be used. */
export function canonicalName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  if (name.length <= MAX_NAME_LENGTH && LEGAL_NAME.test(name)) return name;
  let legal = name
    .slice(0, 4 * MAX_NAME_LENGTH)
    .replace(/[^A-Za-z0-9_.\-/]+/g, '_')
    .replace(/_{2,}/g, '_');
  if (!/[A-Za-z0-9]/.test(legal)) return undefined;
  if (!/^[A-Za-z_]/.test(legal)) legal = `_${legal}`;
  return shorten(legal, name, MAX_NAME_LENGTH);
}

/** The key under which a tag is kept. */
export function canonicalKey(key: string): string {
  if (key.length <= MAX_KEY_LENGTH && LEGAL_KEY.test(key)) {
    const label = key.replace(/[._\-/]+/g, '_');
    return RESERVED_LABELS.has(label) ? `exported_${label}` : key;
  }
  let legal = key
    .slice(0, 4 * MAX_KEY_LENGTH)
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  if (legal === '' || !/^[A-Za-z]/.test(legal) || key.startsWith('_')) legal = legal === '' ? 'key' : `key_${legal}`;
  return RESERVED_LABELS.has(legal) ? `exported_${legal}` : shorten(legal, key, MAX_KEY_LENGTH);
}

/** Canonical keys of the same label become one tag. */
export function labelOf(key: string): string {
  return key.replace(/[^A-Za-z0-9]+/g, '_');
}

/**
 * The text of a tag value, or `undefined` when there is none: an absent tag and an empty one are the same series to Prometheus. Of any length: it is cut by
 * {@link keptText}, after credentials in it were looked for.
 */
export function tagText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return textOf(value) || undefined;
}

/** A tag value as it is kept. `mask` replaces the credentials in a text. */
export function keptText(text: string, mask: (text: string) => string): string {
  return maskedBeginning(text, MAX_VALUE_LENGTH, mask).toWellFormed();
}

/** Unit suffixes of metric names and the UCUM units they stand for. The suffix stays in the name and the unit is never appended to it again. */
const UNITS = new Map(
  Object.entries({
    ns: 'ns',
    us: 'us',
    ms: 'ms',
    s: 's',
    nanoseconds: 'ns',
    microseconds: 'us',
    milliseconds: 'ms',
    seconds: 's',
    bytes: 'By',
    ratio: '1',
    percent: '%',
  }),
);

/** The unit in the last part of a name (`_total` is skipped), or the empty string: also for `orders_per_ms`, whose unit is not the millisecond. */
export function unitOfName(name: string): string {
  const parts = name.replace(/_total$/, '').split(/[_.]/);
  return parts.length < 2 || parts[parts.length - 2] === 'per' ? '' : (UNITS.get(parts[parts.length - 1]!) ?? '');
}

/** Names of this form are recorded as histograms by `metric()` unless a rule says otherwise. */
export function isDurationName(name: string): boolean {
  return typeof name === 'string' && /_duration_(?:ns|us|ms|s|(?:nano|micro|milli)?seconds)$/.test(name);
}

function shorten(legal: string, original: string, limit: number): string {
  if (legal.length <= limit && original.length <= 4 * limit) return legal;
  // Two long names that begin alike stay two names.
  return `${legal.slice(0, limit - 9)}_${createHash('sha256').update(original).digest('hex').slice(0, 8)}`;
}
