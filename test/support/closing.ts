/**
 * Whatever a test opens and hands in here is closed when it ends, last opened first.
 */
import { onTestFinished } from 'vitest';

export function closeAfterTest<T extends { close(): unknown } | { stop(): unknown }>(thing: T): T {
  onTestFinished(async () => {
    await ('stop' in thing ? thing.stop() : thing.close());
  });
  return thing;
}
