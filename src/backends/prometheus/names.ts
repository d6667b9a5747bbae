/**
 * OpenTelemetry's names as Prometheus writes them, by the rules of its own translators without suffixes (`UnderscoreEscapingWithoutSuffixes`, the
 * collector's `add_metric_suffixes: false`): a name is the same whether it was scraped here or translated there.
 */

/** A metric name: characters that Prometheus does not allow become `_`, a run of them one; nothing is added. Colons are allowed and stay. */
export function prometheusName(name: string): string {
  if (/^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name)) return name;
  const escaped = name
    .split(/[^A-Za-z0-9_:]+/)
    .filter((part) => part !== '')
    .join('_');
  return /^[0-9]/.test(escaped) ? `_${escaped}` : escaped;
}

/** A label name: runs of anything but letters and digits become one `_`; a digit in front gets `key_` before it. */
export function prometheusLabel(key: string): string {
  const escaped = key.replace(/[^A-Za-z0-9]+/g, '_');
  return /^[0-9]/.test(escaped) ? `key_${escaped}` : escaped;
}

/** A label's value, as it stands between quotes. */
export function escapeValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}

/** Two texts of labels as one; each may be empty. */
export function joinLabels(left: string, right: string): string {
  return left === '' || right === '' ? left + right : `${left},${right}`;
}
