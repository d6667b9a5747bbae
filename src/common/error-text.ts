/**
 * Whatever was thrown, as one line for `health()`. Never throws itself.
 */

/** Longest text: the counters' memory holds some 700 bytes. */
const MAX_CHARACTERS = 500;

export function errorText(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message || error.name : String(error);
    return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  } catch {
    return 'An error that cannot be shown.';
  }
}
