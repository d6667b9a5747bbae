/**
 * A map that is filled as it is asked. Imports nothing.
 */

/** The map's value for a key; made, and kept, when it has none yet. Values are never `undefined`. */
export function getOrMake<K, V>(map: { get(key: K): V | undefined; set(key: K, value: V): unknown }, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
