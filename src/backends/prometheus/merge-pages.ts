/**
 * Pages of several processes as one: each family once, with the lines of all. The lines of each page differ from those of the others by a label.
 */

/** A family as text: its `# HELP` and `# TYPE` lines, and its samples. */
interface FamilyText {
  readonly head: string;
  samples: string;
}

const FAMILY = /^# HELP (\S+) [^\n]*\n# TYPE \S+ ([^\n]*)\n/;

/**
 * Takes pages as text.ts writes them. A family whose type differs from the first page's is left out, for a page with two types of a name is refused as a
 * whole; `onConflict` is called for it.
 */
export function mergePages(pages: readonly string[], onConflict: (name: string) => void = () => {}): string {
  const families = new Map<string, FamilyText & { readonly type: string }>();
  for (const text of pages.flatMap((page) => page.split(/^(?=# HELP )/m))) {
    const [head, name, type] = FAMILY.exec(text) ?? [];
    if (head === undefined) continue;
    const samples = text.slice(head.length);
    const known = families.get(name!);
    if (known === undefined) families.set(name!, { head, type: type!, samples });
    else if (known.type === type) known.samples += samples;
    else onConflict(name!);
  }
  return Array.from(families.values(), ({ head, samples }) => head + samples).join('');
}
