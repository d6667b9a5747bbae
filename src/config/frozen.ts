/**
 * Freezes a configuration in depth: what was checked stays as it was checked.
 */

/** All but `options` of a user's own backends: those are a copy already, and may hold what cannot be frozen. */
export function frozen<T extends object>(value: T): T {
  for (const [key, member] of Object.entries(value)) {
    if (key !== 'options' && typeof member === 'object' && member !== null && !Object.isFrozen(member)) frozen(member);
  }
  return Object.freeze(value);
}
