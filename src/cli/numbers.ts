/**
 * Numbers for people.
 */

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `52310` → `52,310` */
export function count(value: number): string {
  return GROUPED.format(value);
}

/** `7098571` → `7.1 MB` (decimal, as disks are sold and `df -H` shows) */
export function bytes(value: number): string {
  return scaled(value, [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
    [1, 'B'],
  ]);
}

/** `1234` → `1.23 µs` */
export function nanos(value: number): string {
  return scaled(value, [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
    [1, 'ns'],
  ]);
}

export function micros(value: number): string {
  return nanos(value * 1_000);
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

/** `0.0123` → `1.2 %` */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Three significant digits, and the unit. */
function scaled(value: number, units: readonly (readonly [number, string])[]): string {
  const [size, unit] = units.find(([size]) => value >= size) ?? units[units.length - 1];
  const scaledValue = value / size;
  if (size === 1) return `${Math.round(scaledValue)} ${unit}`;
  return `${scaledValue.toFixed(scaledValue >= 100 ? 0 : scaledValue >= 10 ? 1 : 2)} ${unit}`;
}
