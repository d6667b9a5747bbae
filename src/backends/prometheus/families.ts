/**
 * The metrics of a page, before they are text: families by name, and the series of each.
 *
 * Prometheus accepts every page that is made of them: one family for each name, each series once. A metric whose name, or `_bucket`, `_sum` or `_count`, belongs
 * to another one of another type is left out and reported: the one added first is kept. Processes that share a port send each other their families as JSON.
 */
import { ExactSum } from '../../common/exact-sum.ts';
import { getOrMake } from '../../common/get-or-make.ts';
import { addHistograms, type HistogramValue } from './histogram-value.ts';

export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'info';

const FAMILY_TYPES: readonly FamilyType[] = ['counter', 'gauge', 'histogram', 'info'];

export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  /** By labels, as they stand between the braces. */
  readonly samples: ReadonlyMap<string, number | HistogramValue>;
}

interface GrowingFamily extends Family {
  help: string;
  /** Sums of which more than one part has come, by labels: exact, so that the order of the parts does not matter. */
  readonly sums: Map<string, ExactSum>;
  readonly samples: Map<string, number | HistogramValue>;
}

/** What is added to a family. */
export interface Added {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  readonly samples: Iterable<readonly [labels: string, value: number | HistogramValue]>;
  /** Whether values of the same labels are added up; else the last one stays. Default: those of counters and histograms are. */
  readonly isSum?: boolean;
}

export class Families {
  readonly #families = new Map<string, GrowingFamily>();
  /** Sample name → family name. */
  readonly #claims = new Map<string, string>();
  readonly #onConflict: ((name: string) => void) | undefined;
  readonly #roundsUp: boolean;

  /**
   * `onConflict`: called for each metric that is left out because its name belongs to another one. `roundsUp`: no sum is less than the exact one, so that a
   * greater sum of which it becomes a part does not fall. Default: it is the nearest number.
   */
  constructor(onConflict?: (name: string) => void, roundsUp = false) {
    this.#onConflict = onConflict;
    this.#roundsUp = roundsUp;
  }

  [Symbol.iterator](): Iterator<Family> {
    return this.#families.values();
  }

  add({ name, type, help, samples, isSum = type === 'counter' }: Added): void {
    const family = this.#familyOf(name, type, help);
    if (family === undefined) return;
    for (const [labels, value] of samples) {
      const present = family.samples.get(labels);
      family.samples.set(labels, present === undefined ? value : this.#joined(family, labels, present, value, isSum));
    }
  }

  toJSON(): unknown {
    return Array.from(this, ({ name, type, help, samples }) => ({
      name,
      type,
      help,
      samples: Array.from(samples, ([labels, value]) => [
        labels,
        typeof value === 'number' ? toJson(value) : histogramJson(value),
      ]),
    }));
  }

  /** Of what `toJSON` made. Throws for anything else. */
  static fromJson(json: unknown): Families {
    const families = new Families();
    for (const { name, type, help, samples } of json as readonly JsonFamily[]) {
      if (typeof name !== 'string' || typeof help !== 'string' || !FAMILY_TYPES.includes(type))
        throw new TypeError('not a family');
      families.add({
        name,
        type,
        help,
        samples: samples.map(([labels, value]) => [`${labels}`, type === 'histogram' ? histogramOf(value) : fromJson(value)]),
      });
    }
    return families;
  }

  /** Undefined if the name belongs to another one. */
  #familyOf(name: string, type: FamilyType, help: string): GrowingFamily | undefined {
    const known = this.#families.get(name);
    if (known?.type === type) {
      known.help ||= help;
      return known;
    }
    const samples = type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    if (name === '' || samples.some((sample) => this.#claims.has(sample))) {
      this.#onConflict?.(name);
      return undefined;
    }
    for (const sample of samples) this.#claims.set(sample, name);
    const family: GrowingFamily = { name, type, help, samples: new Map(), sums: new Map() };
    this.#families.set(name, family);
    return family;
  }

  /** Two series that became one: by escaping, or because two processes have them. */
  #joined(
    family: GrowingFamily,
    labels: string,
    first: number | HistogramValue,
    second: number | HistogramValue,
    isSum: boolean,
  ): number | HistogramValue {
    if (typeof first === 'number' || typeof second === 'number')
      return isSum ? this.#added(family, labels, first as number, second as number) : second;
    const sum = addHistograms(first, second);
    if (sum.sum === undefined) return sum;
    return { ...sum, sum: this.#added(family, labels, first.sum!, second.sum!) };
  }

  #added({ sums }: GrowingFamily, labels: string, first: number, second: number): number {
    const plain = first + second;
    // Whole numbers have no rounding error.
    const isWhole = Number.isSafeInteger(first) && Number.isSafeInteger(second) && Number.isSafeInteger(plain);
    if ((isWhole && !sums.has(labels)) || !Number.isFinite(plain)) return plain;
    const sum = getOrMake(sums, labels, () => {
      const begun = new ExactSum();
      begun.add(first);
      return begun;
    });
    sum.add(second);
    return this.#roundsUp ? sum.valueAbove : sum.value;
  }
}

interface JsonFamily {
  readonly name: unknown;
  readonly type: FamilyType;
  readonly help: unknown;
  readonly samples: readonly (readonly [labels: unknown, value: unknown])[];
}

function histogramJson({ buckets: { boundaries, counts }, count, sum, exemplars }: HistogramValue): unknown {
  return {
    buckets: { boundaries, counts },
    count,
    ...(sum !== undefined && { sum: toJson(sum) }),
    ...(exemplars && { exemplars }),
  };
}

function histogramOf(json: unknown): HistogramValue {
  const { buckets, count, sum, exemplars } = json as HistogramValue;
  const areNumbers = (values: readonly unknown[]) => values.every((value) => typeof value === 'number');
  if (!areNumbers([...buckets.boundaries, ...buckets.counts, count]) || buckets.counts.length !== buckets.boundaries.length + 1)
    throw new TypeError('not a histogram');
  return { buckets, count, sum: sum === undefined ? undefined : fromJson(sum), ...(exemplars && { exemplars }) };
}

/** JSON has no infinities. */
function toJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function fromJson(value: unknown): number {
  if (typeof value !== 'number' && !['NaN', 'Infinity', '-Infinity'].includes(value as string))
    throw new TypeError('not a number');
  return Number(value);
}
