// Numbers as Grafana shows them, for the units the dashboards use.

const STEPS: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  ns: [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
    [0, 'ns'],
  ],
  µs: [
    [1e6, 's'],
    [1e3, 'ms'],
    [0, 'µs'],
  ],
  bytes: [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
    [0, 'B'],
  ],
};

const PER_SECOND = new Set(['cps', 'ops', 'reqps']);

export function format(value: number, unit: string): string {
  if (!Number.isFinite(value)) return '–';
  if (unit === 'percentunit') return `${digits(value * 100)} %`;
  if (PER_SECOND.has(unit)) return `${short(value)}/s`;
  const steps = STEPS[unit];
  if (steps === undefined) return short(value);
  const [size, name] = steps.find(([least]) => Math.abs(value) >= least)!;
  return `${digits(value / (size || 1))} ${name}`;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e4) return `${digits(value / 1e3)} k`;
  return digits(value);
}

/** Three significant digits, no zeros at the end. */
function digits(value: number): string {
  const size = Math.abs(value);
  return String(Number(size >= 100 ? value.toFixed(0) : value.toPrecision(3)));
}
