/**
 * Reads Prometheus' text format: at its end the demo reads its own `/metrics`, as Prometheus would.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly samples: readonly Sample[];
  /** Why there are none. */
  readonly error?: string;
}

/** The samples of `url` now. Does not reject. */
export async function scrape(url: string): Promise<Scrape> {
  try {
    const response = await fetch(url);
    if (!response.ok) return { samples: [], error: `${url} answered ${response.status}` };
    return { samples: parseExposition(await response.text()) };
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    return { samples: [], error: String(cause instanceof Error ? cause.message : error) };
  }
}

/** `name{label="value",…} 1.5`, with an optional timestamp behind. */
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Lines that are no samples (comments, empty ones) are passed over. */
export function parseExposition(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(LABEL)].map(([, name, value]) => [name, unescaped(value)]));
    samples.push({ name: match[1], labels, value: Number(match[3].replace('Inf', 'Infinity')) });
  }
  return samples;
}

/** Sum of all series of a metric, or of those with the given labels. */
export function total(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels);
  return samples
    .filter((sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
