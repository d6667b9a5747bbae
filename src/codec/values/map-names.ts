/**
 * Keys of a Map as names, when names can stand for them.
 */
import { bigintText } from './value-texts.ts';

/** A name for each entry, all different; undefined when a key is an object, which no name can stand for. */
export function mapNames(entries: readonly (readonly [unknown, unknown])[]): string[] | undefined {
  const names: string[] = [];
  for (const [key] of entries) {
    // Texts are different already.
    if (typeof key !== 'string') return namesOfOthers(entries);
    names.push(key);
  }
  return names;
}

function namesOfOthers(entries: readonly (readonly [unknown, unknown])[]): string[] | undefined {
  const names: string[] = [];
  const taken = new Set<string>();
  for (const [key] of entries) {
    if (typeof key === 'object' && key !== null) return undefined;
    const name = nameOf(key);
    let free = name;
    // 1 and '1' are two keys.
    for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
    taken.add(free);
    names.push(free);
  }
  return names;
}

function nameOf(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'bigint') return bigintText(key);
  if (typeof key === 'function') return `[function ${key.name || 'anonymous'}]`;
  return String(key);
}
