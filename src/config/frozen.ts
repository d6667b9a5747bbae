/**
 * Freezes a configuration in depth, so that it cannot change after its check.
 */

/** Leaves out `options` of a user's own backends: they are a copy already, and may hold values that cannot be frozen. */
export function frozen<T extends object>(value: T): T {
  for (const [key, member] of Object.entries(value)) {
    if (key !== 'options' && typeof member === 'object' && member !== null && !Object.isFrozen(member)) frozen(member);
  }
  return Object.freeze(value);
}
