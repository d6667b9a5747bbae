/**
 * Where tables of percentiles are printed: on the console's stream when there is a console, nowhere otherwise; `metricsSnapshot()` has them in any case.
 */
import { write } from 'node:fs';

export function printer(console: {
  readonly enabled: boolean;
  readonly stream: 'stdout' | 'stderr';
}): (lines: string) => Promise<void> {
  if (!console.enabled) return async () => {};
  const fd = console.stream === 'stdout' ? 1 : 2;
  // What a full or closed pipe does not take is not worth a retry: the next table is newer.
  return (lines) => new Promise((resolve) => write(fd, lines, () => resolve()));
}
