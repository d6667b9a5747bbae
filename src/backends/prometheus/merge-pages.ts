/**
 * Pages of several processes as one: each family once, with the lines of all. The lines of each page differ from those of the others by a label.
 */

import { OPEN_METRICS_END } from './formats.ts';

/** A family as text: its `# HELP` and `# TYPE` lines, and its samples. */
interface FamilyText {
  readonly head: string;
  samples: string;
}

const FAMILY = /^# HELP (\S+) [^\n]*\n# TYPE \S+ ([^\n]*)\n/;

/**
 * Takes pages as text.ts writes them, all of one format. A family whose type differs from the first page's is left out, and `onConflict` is called for it:
 * Prometheus refuses a page with two types of a name as a whole.
 */
export function mergePages(pages: readonly string[], onConflict: (name: string) => void = () => {}): string {
  const families = new Map<string, FamilyText & { readonly type: string }>();
  const isOpenMetrics = pages[0]!.endsWith(OPEN_METRICS_END);
  const bodies = pages.map((page) => (page.endsWith(OPEN_METRICS_END) ? page.slice(0, -OPEN_METRICS_END.length) : page));
  for (const text of bodies.flatMap((page) => page.split(/^(?=# HELP )/m))) {
    const [head, name, type] = FAMILY.exec(text) ?? [];
    if (head === undefined) continue;
    const samples = text.slice(head.length);
    const known = families.get(name!);
    if (known === undefined) families.set(name!, { head, type: type!, samples });
    else if (known.type === type) known.samples += samples;
    else onConflict(name!);
  }
  const merged = Array.from(families.values(), ({ head, samples }) => head + samples).join('');
  return isOpenMetrics ? merged + OPEN_METRICS_END : merged;
}
