/**
 * Names and types of a page's families in OpenMetrics 1.0. A family has the name of its samples without the end that its type demands, and its type reserves further
 * names: a counter `x` has `x_total`, and `x_created` is its own too. No two families may have a name in common, or a strict parser refuses the whole page.
 *
 * A family whose type would take a name of another one is of type `unknown`, which reserves the name of its samples only. So all samples keep the names that they
 * have in the text format.
 */
import type { Family, FamilyType } from './families.ts';

export interface Head {
  readonly name: string;
  readonly type: string;
}

/** Ends of the names that a type reserves, behind the name of the family (OpenMetrics 1.0, "Suffixes"). */
const RESERVED: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  histogram: ['', '_bucket', '_sum', '_count', '_created'],
  info: ['', '_info'],
};

/** Ends of the names that samples of a type have. */
const OF_SAMPLES: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  info: ['_info'],
};

/** The head of each of `families`. Undefined: of a histogram whose samples must be families of their own. */
export function openMetricsHeads(families: readonly Family[]): (family: Family) => Head | undefined {
  // What is taken whatever types the families get.
  const taken = new Set(
    families.flatMap(({ name, type }) => (type === 'histogram' ? namesOf(name, OF_SAMPLES.histogram) : [name])),
  );
  const heads = new Map<Family, Head | undefined>();
  for (const family of families) {
    const { type } = family;
    const name = typedName(family);
    const own = name === undefined ? [] : namesOf(name, OF_SAMPLES[type]);
    const further = name === undefined ? [] : namesOf(name, RESERVED[type]).filter((each) => !own.includes(each));
    if (name === undefined || further.some((each) => taken.has(each))) {
      heads.set(family, type === 'histogram' ? undefined : { name: family.name, type: 'unknown' });
      continue;
    }
    for (const each of further) taken.add(each);
    heads.set(family, { name, type });
  }
  return (family) => heads.get(family);
}

/** The name of a family that has its own type. Undefined: its samples have not the end that its type demands. */
function typedName({ name, type }: Family): string | undefined {
  const end = type === 'counter' ? '_total' : type === 'info' ? '_info' : '';
  return name.endsWith(end) && name.length > end.length ? name.slice(0, name.length - end.length) : undefined;
}

function namesOf(name: string, ends: readonly string[]): string[] {
  return ends.map((end) => `${name}${end}`);
}
