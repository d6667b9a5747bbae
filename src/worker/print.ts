/**
 * Writes text to a stream of the process, from the worker.
 */
import { write } from 'node:fs';

/** A text that a full or closed pipe does not take is not tried again: the next text is newer. */
export function print(text: string, stream: 'stdout' | 'stderr'): Promise<void> {
  return new Promise((resolve) => write(stream === 'stdout' ? 1 : 2, text, () => resolve()));
}
