/** A backend of a user's own that keeps its whole thread busy for a while when it is told to. */
import type { Backend } from '../../../src/index.ts';

export default ({ millis }: { millis: number }): Backend => ({
  write(batch) {
    if (!batch.some(({ body }) => body === 'stall')) return;
    const until = performance.now() + millis;
    while (performance.now() < until);
  },
});
